"""Reusable Keras layers and resizing, one subject a module."""
