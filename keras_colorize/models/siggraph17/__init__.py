"""SIGGRAPH17: colorization guided by color hints of the user."""
