"""Recipes: one module each, with `get_config()` returning a `TrainConfig`.

A docstring says source, command, hardware, hours and the measured score.
"""
