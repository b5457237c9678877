"""Seeded histories of three parties over a bad network, with crashes and restores."""
