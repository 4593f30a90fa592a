"""Bundled data sets, and reading and checking what users upload."""
