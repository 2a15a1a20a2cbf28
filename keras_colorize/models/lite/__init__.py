"""Lite: a pretrained mobile-size encoder, a light decoder, 313 ab bins."""
