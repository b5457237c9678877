"""The browser's side of the desk: one module per kind of page, over the node's operations."""
