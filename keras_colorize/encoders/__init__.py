"""Pretrained feature extractors, their preprocessing inside."""
