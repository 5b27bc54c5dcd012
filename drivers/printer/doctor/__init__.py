"""The commissioning of a printer: where it is, what it can do, and the configuration that follows from it."""
