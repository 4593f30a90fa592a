"""The page /papers: claims, where to see them, and what was measured."""
