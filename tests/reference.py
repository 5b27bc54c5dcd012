"""The reference ticket: the slip by which the printer is measured, from the project's own slip and texts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from domain.clock import micros
from domain.office import Office
from domain.tickets import QueueNumber
from kiosk.slip import SlipFacts, ticket_slip
from kiosk.texts import Texts

if TYPE_CHECKING:
    from drivers.printer.words import Slip

PATH = Path(__file__).with_name("reference_ticket.toml")


def reference_slip(number: str = "", *, copy: int = 0) -> Slip:
    """What the kiosk prints for the visit in reference_ticket.toml; another ``number`` where a test needs several."""
    told = tomllib.loads(PATH.read_text(encoding="utf-8"))
    office = msgspec.convert(
        told["office"] | {"tracking_base_url": f"https://{told['host']}", "services": ()}, Office
    )  # fmt: skip
    queue_number = QueueNumber.parse(number or told["number"])
    assert queue_number
    facts = SlipFacts(
        number=queue_number,
        service=told["service"],
        document=told["document"],
        issued_at=micros(told["issued_at"]),
        code=told["code"].replace(told["number"], str(queue_number)),
        url=f"https://{told['host']}/T/{told['token']}".upper(),
        folios=told["folios"],
    )
    return ticket_slip(facts, office, Texts(), copy=copy)
