"""The parts of the page /minority."""
