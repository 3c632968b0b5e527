"""Unit tests of the workers: `python3 -m tests` in the folder above runs them and measures their coverage."""
