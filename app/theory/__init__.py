"""Closed forms the papers predict: NumPy only, no training, no plotting."""
