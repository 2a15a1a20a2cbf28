"""How close a colorized photo is to the true one, and how colorful.

`fidelity` and `colorfulness` score whole photos with NumPy and scikit-image;
`ab_error` has the Keras metrics for `compile`. Nothing is imported here.
"""
