"""One file for each command of the terminal; `cli/main.py` finds them by name."""
