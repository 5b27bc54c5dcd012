"""Copies of a ticket, asked for at a counter: what is known of the paper, and how long anybody wants it.

Whoever asked learns no more than the printer said: paper that may have come out is neither printed nor failed.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.clock import Micros

WANTED_US = 10 * 60 * 1_000_000
"""How long a copy is wanted, in microseconds: after ten minutes its visitor has gone, and old paper only confuses."""


class Paper(Enum):
    """What is known of a piece of paper. The first two are open: the printer has still to be heard."""

    ASKED = "asked"
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    """Nothing came out, and nothing will."""
    UNCERTAIN = "uncertain"
    """It may have come out; somebody has to look."""
    EXPIRED = "expired"
    """No machine began with it while it was wanted."""

    @property
    def is_open(self) -> bool:
        """Whether an answer is still to come."""
        return self in {Paper.ASKED, Paper.PRINTING}


_TOLD = {
    "confirmed": Paper.PRINTED,
    "probable": Paper.PRINTED,
    "confirmed_late": Paper.PRINTED,
    "not_printed": Paper.FAILED,
}


def told(outcome: str) -> Paper:
    """What an outcome in the printer driver's words means; a word that is not known here leaves it uncertain."""
    return _TOLD.get(outcome, Paper.UNCERTAIN)


def after_start(paper: Paper) -> Paper:
    """What is known once a machine says that it begins (``ticket.reprinted``), late or out of order as that may be."""
    match paper:
        case Paper.ASKED:
            return Paper.PRINTING
        case Paper.EXPIRED:  # it began after all, and nobody waits for it any more
            return Paper.UNCERTAIN
        case _:
            return paper


def after_outcome(paper: Paper, outcome: str) -> Paper:
    """What is known after an outcome. The last word counts, but paper that came out never went back in."""
    return paper if paper is Paper.PRINTED else told(outcome)


def stands(paper: Paper, asked_at: Micros, now: Micros) -> Paper:
    """What is known ``now`` of what was asked for at ``asked_at``: silence is an answer too, in the end."""
    if not paper.is_open or now - asked_at < WANTED_US:
        return paper
    return Paper.EXPIRED if paper is Paper.ASKED else Paper.UNCERTAIN
