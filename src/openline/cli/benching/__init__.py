"""The bench: real node processes, real files, figures with the floor beside them."""
