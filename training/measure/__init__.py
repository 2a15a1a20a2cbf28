"""Scores of colorizers over photos: `evaluation` is the loop."""
