"""JSON files that are never half written."""

import json
import os
import pathlib


def write_json(path: str | os.PathLike, content) -> None:
    """Writes JSON aside and renames it: a killed run leaves no half a file."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    text = json.dumps(content, indent=1, ensure_ascii=False)
    partial.write_text(text + "\n", encoding="utf-8")
    os.replace(partial, path)
