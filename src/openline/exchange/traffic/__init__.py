"""Between two nodes: push, pull, receive, mend what is missing."""
