"""The way to the node above: the exchange as a child makes it, for kiosks and for offices alike."""
