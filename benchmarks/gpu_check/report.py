"""What was found: told as it comes, and in a file that is whole at any time."""

import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_colorize.files import written_beside

# All is well if every part says one of them.
_GOOD = {"equal", "measured"}
_NOT_REACHED = {"verdict": "not reached"}


class Report:
    """The parts of a check; each is "not reached" until it says otherwise.

    Args:
        out: The file.
        parts: Their names, in order.
        **facts: What is known before, such as the device.
    """

    def __init__(self, out: Path, parts: Sequence[str], **facts: Any):
        self.out = out
        self.facts = facts
        self.parts: dict[str, dict] = dict.fromkeys(parts, _NOT_REACHED)
        self._start = time.monotonic()
        for name, fact in facts.items():
            print(f"{name}: {fact}", flush=True)
        self._write()

    def add(self, part: str, row: dict) -> None:
        """Takes what a part has found: its "verdict", and what belongs to it.

        A part may say so again; the last counts.
        """
        self.parts[part] = row
        print(f"{self._seconds():6.1f} s  {_line(part, row)}", flush=True)
        self._write()

    def finish(self) -> None:
        """Prints which parts are not as they should be, and the sum."""
        self._write()
        for part, row in self.parts.items():
            if row["verdict"] not in _GOOD:
                print(f"{part}: {row['verdict']}")
        good = sum(row["verdict"] in _GOOD for row in self.parts.values())
        print(
            f"{good} of {len(self.parts)} parts are good, in "
            f"{self._seconds()} s and {_cpu_seconds()} CPU seconds. "
            f"Report: {self.out}",
            flush=True,
        )

    def exit_code(self) -> int:
        """Returns 0 if every part was reached and is good, otherwise 1."""
        return int(any(r["verdict"] not in _GOOD for r in self.parts.values()))

    def _seconds(self):
        return round(time.monotonic() - self._start, 1)

    def _write(self):
        content = {
            **self.facts,
            "seconds": self._seconds(),
            "cpu_seconds": _cpu_seconds(),
            "exit_code": self.exit_code(),
            "parts": self.parts,
        }
        with written_beside(self.out) as part:
            part.write_text(json.dumps(content, indent=2) + "\n")


def _line(part, row):
    numbers = ", ".join(
        f"{key} {value:g}"
        for key, value in row.items()
        if isinstance(value, int | float)
    )
    told = (row["verdict"], numbers, row.get("error", ""))
    return f"{part}: {', '.join(filter(None, told))}"


def _cpu_seconds():
    """Of this process and of those that it has started and that ended."""
    used = [
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return round(sum(usage.ru_utime + usage.ru_stime for usage in used), 1)
