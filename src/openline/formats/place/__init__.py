"""Coordinates as people write them: read, compared, and spelled in other ways."""
