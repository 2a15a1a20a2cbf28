"""A folder of photos: `plan` names results, `run` makes, `journal` notes them."""
