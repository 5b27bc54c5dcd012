"""What the flow wants done in the world; `kiosk.run` does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


Effect = StartScanning | StopScanning | IssueTicket
