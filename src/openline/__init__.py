"""Openline keeps the line open between parties who do not trust each other.

The package root re-exports nothing, so that it cannot become a knot: import from the room that
decides the thing, for example ``from openline.node import Node``.
"""
