"""SIGGRAPH17: colorization guided by colour hints of the user."""
