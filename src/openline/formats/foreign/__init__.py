"""Notations of others, read into one shape: what was told elsewhere, where and when."""
