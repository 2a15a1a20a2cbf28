"""Losses: a function of (y_true, y_pred) and a thin Keras class each."""
