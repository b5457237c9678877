"""What was said, folded into the state of lines: queue, search, sights, what is in force."""
