"""The offices whose queue is called at this node: one for now, and nothing but this file and the settings knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.store.versions import board_topic, desk_topic, queue_topic

if TYPE_CHECKING:
    from domain.office import Office

MAIN_BOARD = "principal"


class Offices:
    """``main`` is the one that is meant where nobody names one: at sign-in, at the board and in the pages' heads.

    Not a dataclass, because Litestar would build one.
    """

    def __init__(self, main: Office) -> None:
        self.main = main

    @property
    def here(self) -> tuple[Office, ...]:
        """Every office that is called at this node."""
        return (self.main,)

    def called_here(self, id_: str) -> bool:
        """Whether this is the home node of that office, so that places in its queue are known here."""
        return id_ == self.main.id

    def of(self, id_: str) -> Office | None:
        """The office of that id, None for one whose queue is called elsewhere."""
        return self.main if id_ == self.main.id else None

    def of_board(self, name: str) -> str | None:
        """The office whose calls the board of that name shows; None for no board of ours."""
        return self.main.id if name == MAIN_BOARD else None

    @property
    def topics(self) -> frozenset[str]:
        """What pages may watch even before anything happened."""
        return frozenset({topic(self.main.id) for topic in (queue_topic, desk_topic, board_topic)})
