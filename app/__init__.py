"""Collapse Lab: an interactive laboratory for the last layer of imbalanced classifiers."""

__version__ = "0.1.0"
