"""The parts of the page /collapse."""
