"""Reads the machine readable zone of documents: where it stands, how it lies, what it says, and what is believed."""

from __future__ import annotations

from drivers.scanner.mrz.reading import Found, find, read

__all__ = ["Found", "find", "read"]
