"""Photo files to arrays and back: `read` and `write` are the two doors.

`sheet` lays photos out side by side, for people.
"""
