"""The devices: each package knows its device and nothing of the office."""
