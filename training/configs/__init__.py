"""Recipes: one module each, with `get_config()` returning a `TrainConfig`."""
