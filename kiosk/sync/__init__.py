"""Bringing the kiosk's events to its server, and the office's news back."""
