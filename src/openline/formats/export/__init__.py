"""Notices written in notations of others: pure writers, each with its status first."""
