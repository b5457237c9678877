"""Disclosures: which fields, which heads, whose signatures, under which policy."""
