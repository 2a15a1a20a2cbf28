"""Shows the examples of docstrings as code; read by `zensical build`."""

import re
import textwrap

import griffe

# The heading, and the lines below it that are indented deeper.
_EXAMPLE = re.compile(
    r"^Example:\n((?:(?: {4}.*)?\n?)+?)(?=\S|\Z)", re.MULTILINE
)


class ExamplesAsCode(griffe.Extension):
    """Fences what stands under "Example:", which is text to the parser."""

    def on_object(self, *, obj: griffe.Object, **kwargs) -> None:
        """Rewrites the docstring of an object that was read."""
        if obj.docstring is not None:
            obj.docstring.value = _EXAMPLE.sub(_fenced, obj.docstring.value)


def _fenced(match: re.Match) -> str:
    code = textwrap.dedent(match[1]).strip()
    return f"```python\n{code}\n```\n\n"
