"""How a filing stands, as keys of texts: for the page that shows it and the voice that says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.flow.said import Said

if TYPE_CHECKING:
    from domain.messages import FilingStanding

_UNKNOWN = (Said("filing.unknown"), Said("filing.next_unknown"))
"""A newer server may have a word that this program does not know."""


def standing(filing: FilingStanding, *, office: str) -> tuple[Said, Said]:
    """Where it stands, and what to do next; ``office`` is where an answer is collected."""
    unit = filing.unit or Said("filing.unit_unknown")
    due = Said("filing.answer_by", {"day": filing.due_on})
    match filing.next:
        case "goes" if filing.status == "corrected":
            return Said("filing.complete"), Said("filing.next_goes", {"unit": unit})
        case "goes":
            return Said("filing.received"), Said("filing.next_goes", {"unit": unit})
        case "bring" if filing.correct_until is not None:
            return Said("filing.bring", {"day": filing.correct_until}), Said("filing.next_bring")
        case "bring_today":
            return Said("filing.bring_today"), Said("filing.next_bring")
        case "too_late":
            return Said("filing.too_late"), Said("filing.next_too_late")
        case "on_its_way":
            return Said("filing.on_its_way", {"unit": unit}), due
        case "answer":
            return Said("filing.in_process", {"unit": unit}), due
        case "overdue":
            return Said("filing.overdue", {"day": filing.due_on}), Said("filing.next_overdue", {"unit": unit})
        case "collect":
            return Said("filing.resolved"), Said("filing.next_resolved", {"office": office})
        case "take_back":
            return Said("filing.lapsed"), Said("filing.next_lapsed")
        case "over":
            return Said("filing.archived"), Said("filing.next_archived")
        case _:
            return _UNKNOWN
