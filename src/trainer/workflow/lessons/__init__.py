"""Lessons: read from notebooks, checked against the bank, published at the hall."""
