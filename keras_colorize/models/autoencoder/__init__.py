"""Autoencoders: with a dense bottleneck, and fully convolutional."""
