"""The parts of the page /centers."""
