"""Photo files to arrays and back: `read` and `write` are the two doors."""
