"""The rules of a reception office, pure: no device, no database, no network, no clock of its own."""

__version__ = "0.1.0"
