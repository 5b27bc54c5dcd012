"""What the flow wants done in the world; `kiosk.run` does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from kiosk.flow.state import Draft


@dataclass(frozen=True, slots=True)
class StartScanning:
    """Look for one document."""


@dataclass(frozen=True, slots=True)
class StopScanning:
    """Stop looking; the camera goes off."""


@dataclass(frozen=True, slots=True)
class IssueTicket:
    """Commit a turn for this draft, then print it, then say so (`Issued`), or say that it failed (`NotSaved`)."""

    draft: Draft
    language: str


@dataclass(frozen=True, slots=True)
class PrintAgain:
    """Send a turn's paper again: the same slip where nothing came out (``copy`` 0), else a copy that says so."""

    ticket: UUID
    copy: int
    language: str


Effect = StartScanning | StopScanning | IssueTicket | PrintAgain
