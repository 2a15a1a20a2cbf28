"""Training scripts: thin code around `model.fit` for the library's models."""
