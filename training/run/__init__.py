"""One training run: `runner` is where it begins."""
