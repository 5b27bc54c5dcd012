"""The server's own program as a process of the nursery."""

from server.__main__ import main as program


def main(*arguments: str) -> int:
    """``arguments`` are those of the command line."""
    return program(list(arguments))
