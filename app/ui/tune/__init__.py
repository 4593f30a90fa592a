"""The parts of the page /tune, in the order in which they stand there."""
