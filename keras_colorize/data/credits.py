"""Credits of training photos: whose they are, and under which terms.

A credit list is a CSV file with a row for each photo. Columns `file` (as the
photo is called in a packed folder), `set`, `source` and `terms` must be there;
`author`, `title` and `url` may be, and where the terms ask for credit (CC BY)
an author or the address of the photo must be.

`credits_text` makes the file that goes with the weights out of it: short,
because photos of the same set, terms and author stand together, and addresses
that begin alike are told by their ends.
"""

import collections
import csv
import dataclasses
import os
import pathlib
import re
import textwrap
from collections.abc import Iterable
from collections.abc import Sequence

_NEEDED = ("file", "set", "source", "terms")
_OPTIONAL = ("author", "title", "url")
# Where the terms are written; whether they let anyone use the photo, for
# anything, changed or not. Share-alike is left out: whether it reaches the
# weights is not settled.
_TERMS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "Public Domain Mark 1.0": (
        "https://creativecommons.org/publicdomain/mark/1.0/"
    ),
    "No known copyright restrictions": (
        "https://www.flickr.com/commons/usage/"
    ),
    "CC BY 2.0": "https://creativecommons.org/licenses/by/2.0/",
    "CC BY 3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "MIT": "https://opensource.org/license/mit",
    "Pexels": "https://www.pexels.com/license/",
}
OPEN_TERMS = tuple(_TERMS)
_LINE = 80
_MOST_NAMED = 5  # photos that an error names
# Characters that mean something in Markdown; "_" does only around words.
_MARKS = re.compile(r"[\\`*<>\[\]|]|(?<![^\W_])_|_(?![^\W_])")


@dataclasses.dataclass(frozen=True)
class PhotoCredit:
    """What is known of a photo.

    Attributes:
        file: its name in the packed folder.
        set: name of the collection that it is from.
        source: where that is published.
        terms: short name of the terms, such as "CC BY 2.0".
        author: whom the terms ask to name; "" for unknown.
        title: the photo's own; "" for none.
        url: address of the photo; "" for none.
    """

    file: str
    set: str
    source: str
    terms: str
    author: str = ""
    title: str = ""
    url: str = ""

    @property
    def asks_for_credit(self) -> bool:
        """Whether the terms want the author named."""
        return self.terms.startswith("CC BY")


def read_credit_list(path: str | os.PathLike) -> list[PhotoCredit]:
    """Reads a credit list.

    Args:
        path: CSV file, UTF-8, with or without the mark that spreadsheets put
            before it; see the module. Other columns are ignored.

    Returns:
        A `PhotoCredit` for each row.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no UTF-8, a column is missing, a needed value is
            empty, a photo is there twice, or one whose terms ask for credit
            has neither author nor address.
    """
    path = pathlib.Path(path)
    with open(path, newline="", encoding="utf-8-sig") as stream:
        try:
            lines = stream.readlines()
        except UnicodeDecodeError as error:
            raise ValueError(
                "A credit list must be in UTF-8, or names would be misspelled. "
                f"Received: {str(path)!r}, {error}. Save it as CSV UTF-8."
            ) from error
        reader = csv.DictReader(lines)
        columns = reader.fieldnames or []
        missing = [name for name in _NEEDED if name not in columns]
        if missing:
            raise ValueError(
                f"A credit list must have the columns {', '.join(_NEEDED)}. "
                f"Received: {str(path)!r} without {', '.join(missing)}, with "
                f"{', '.join(columns) or 'none'}."
            )
        rows = [
            PhotoCredit(
                **{
                    name: (row.get(name) or "").strip()
                    for name in (*_NEEDED, *_OPTIONAL)
                }
            )
            for row in reader
        ]
    for number, row in enumerate(rows, start=2):
        _check_row(row, f"{path}, line {number}")
    _check_unique(rows, path)
    return rows


def credits_of(
    names: Iterable[str], known: Sequence[PhotoCredit]
) -> list[PhotoCredit]:
    """Finds the credits of photos, all of them.

    Args:
        names: The photos, as a packed folder calls them.
        known: Rows of credit lists; those of other photos are left alone.

    Returns:
        One `PhotoCredit` per photo, in the order of `names`.

    Raises:
        ValueError: If a photo has no row, or rows that differ.
    """
    by_file = {row.file: row for row in known}
    names = list(names)
    wanted = frozenset(names)
    differ = {
        row.file
        for row in known
        if row.file in wanted and row != by_file[row.file]
    }
    if differ:
        raise ValueError(
            "Credit lists must agree on a photo. Received: "
            f"{len(differ)} photos that two lists credit otherwise, such as "
            f"{_some(sorted(differ))}. Name photos of several sets otherwise, "
            "or correct the lists."
        )
    found, lost = [], []
    for name in names:
        row = by_file.get(name)
        if row is None:
            lost.append(name)
        else:
            found.append(row)
    if lost:
        raise ValueError(
            "The credit lists must have a row for each photo. Received: "
            f"{len(lost)} of {len(lost) + len(found)} photos without one, "
            f"such as {_some(lost)}. Add them to a list."
        )
    return found


def check_open(rows: Sequence[PhotoCredit]) -> None:
    """Raises ValueError unless the terms of all photos let anyone use them."""
    closed = collections.Counter(
        (row.set, row.terms) for row in rows if row.terms not in OPEN_TERMS
    )
    if closed:
        named = "; ".join(
            f"{count} of {name} ({terms})"
            for (name, terms), count in sorted(closed.items())
        )
        raise ValueError(
            "Weights that anyone may use are made of photos under "
            f"{', '.join(OPEN_TERMS)} alone. Received: {named}. Leave these "
            "photos out, or do without --open."
        )


def credits_text(
    title: str, rows: Sequence[PhotoCredit], note: str = ""
) -> str:
    """Writes the credits of a set of weights.

    Args:
        title: What they are the credits of, such as "lite.open".
        rows: Credits of all photos that the weights were made with.
        note: Further sentences, such as on photos that are in no list.

    Returns:
        Markdown.
    """
    groups = collections.defaultdict(list)
    for row in rows:
        groups[row.set, row.source, row.terms].append(row)
    lines = [
        f"# Credits: the photos that {title} was trained on",
        "",
        f"{len(rows):,} photos, some of them crops of others. None of them is "
        "in the weights' files. Thanks to all who took them and let others "
        "use them.",
        *(["", note] if note else []),
        "",
        "| set | photos | terms | from |",
        "| --- | ---: | --- | --- |",
    ]
    for (name, source, terms), group in sorted(groups.items()):
        lines.append(
            f"| {_escaped(name)} | {len(group):,} | {_linked(terms)} | "
            f"{_escaped(source)} |"
        )
    for (name, _, terms), group in sorted(groups.items()):
        named = [row for row in group if row.author or row.url]
        if named:
            heading = f"## {_escaped(name)}, {_escaped(terms)}"
            lines += ["", heading, "", *_people(named)]
    return "\n".join(lines) + "\n"


def _people(rows):
    """Yields lines on authors and addresses, each photo once."""
    addresses = sorted({row.url for row in rows if row.url})
    start = _common_start(addresses)
    if start:
        yield f"Each address begins with {start}"
        yield ""
    by_author = collections.defaultdict(dict)
    for row in rows:
        title = f"“{_escaped(row.title)}”" if row.title else ""
        # In full where it is no longer than how all begin.
        end = row.url.removeprefix(start) or row.url
        if row.author or row.url:
            by_author[row.author].setdefault(
                row.url or title, f"{title} {end}".strip()
            )
    for author, photos in sorted(by_author.items()):
        listed = ", ".join(text for _, text in sorted(photos.items()) if text)
        if author:
            listed = ": ".join(filter(None, (f"- {_escaped(author)}", listed)))
        yield from textwrap.wrap(
            listed,
            _LINE,
            subsequent_indent="  " if author else "",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _common_start(addresses):
    """Finds how all addresses begin, up to the last `/` or `=`."""
    start = os.path.commonprefix(addresses)
    cut = max(start.rfind("/"), start.rfind("=")) + 1
    return start[:cut] if len(addresses) > 1 else ""


def _linked(terms):
    if terms not in _TERMS:
        return _escaped(terms)
    return f"[{terms}]({_TERMS[terms]})"


def _escaped(words):
    return _MARKS.sub(r"\\\g<0>", words)


def _check_row(row, place):
    empty = [name for name in _NEEDED if not getattr(row, name)]
    if empty:
        raise ValueError(
            f"{', '.join(_NEEDED)} must not be empty. Received: {place} "
            f"without {', '.join(empty)}."
        )
    if row.asks_for_credit and not (row.author or row.url):
        raise ValueError(
            f"{row.terms} asks for credit: the row needs `author`, or the "
            f"photo's address in `url`. Received: {place}, {row.file!r} with "
            "neither."
        )


def _check_unique(rows, path):
    counts = collections.Counter(row.file for row in rows)
    double = [name for name, count in counts.items() if count > 1]
    if double:
        raise ValueError(
            "A photo must be in a credit list once. Received: "
            f"{str(path)!r} with {len(double)} more often, such as "
            f"{_some(double)}."
        )


def _some(names):
    return ", ".join(repr(name) for name in names[:_MOST_NAMED])
