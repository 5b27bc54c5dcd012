"""What copying and putting back need of a database, whatever kind it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from server.backup.archive import Contents
    from server.backup.contents import Facts


class Kind(Protocol):
    """A server's database, seen from outside."""

    @property
    def name(self) -> str:
        """As it stands in a manifest."""
        ...

    @property
    def workplace(self) -> Path:
        """The folder in which what is put back is made ready."""
        ...

    def save(self, to: Path) -> tuple[Facts, dict[str, Contents]]:
        """Copies the database as it is at one moment to a new file, while others write; and says what is in it.

        Raises:
            BackupError: there is none, or a tool is missing or fails.
            OSError: the file cannot be written.
        """
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Keeps everybody else out, and does not wait for them.

        Raises:
            BackupError: somebody uses the database.
        """
        ...

    def present(self) -> Facts | None:
        """How far the database that is in use has got; None where there is none.

        Raises:
            BackupError: there is one, and it cannot be read.
        """
        ...

    def revive(self, copy: Path) -> AbstractContextManager[str]:
        """Makes a database of a saved file, beside the one in use; its URL. It is gone after the block.

        Raises:
            BackupError: that is not possible: another key's, or a tool is missing or fails.
        """
        ...

    def exchange(self, url: str, aside: str) -> str:
        """Puts a revived database in the place of the one in use, in one step, which is kept under ``aside``.

        Returns what that is called now; empty where there was none. Everybody must be kept out.

        Raises:
            BackupError: somebody has come in.
            OSError: the disk fails; the one in use still is.
        """
        ...
