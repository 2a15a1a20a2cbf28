"""Hypercolumn: UV from the features of a frozen VGG16 at every pixel."""
