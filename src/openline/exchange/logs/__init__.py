"""Append-only logs, our own and others': place, head, epoch, fork, witness."""
