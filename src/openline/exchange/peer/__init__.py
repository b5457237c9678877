"""Sockets between nodes: the only place where the exchange touches the network."""
