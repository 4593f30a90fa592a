"""The parts of the page /probe."""
