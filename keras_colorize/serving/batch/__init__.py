"""Folders of photos: `plan` names results, `run` makes, `journal` lists."""
