"""How many touches a visit takes, and how long: counted on the real flow, at a visitor's usual speed."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.flow import events as happened
from kiosk.flow.state import Screen
from tests.flows.visitor import CARD, TICKET, Visitor

KEY_S = 0.45
"""A key that one has to look for on a glass."""
DECISION_S = 1.5
"""Reading a page and choosing on it."""
DESCRIPTION = "Solicito copia certificada de mi informe"
MAIL = "maria.prueba@correo.pe"


@dataclass
class Hand:
    """Counts what it does; what devices say costs it nothing."""

    visitor: Visitor = field(default_factory=Visitor)
    keys: int = 0
    decisions: int = 0

    def do(self, *events: happened.Event) -> Hand:
        for event in events:
            self.keys += isinstance(event, happened.Typed)
            self.decisions += isinstance(event, happened.Visitor) and not isinstance(event, happened.Typed)
            self.visitor.do(event)
        return self

    def type(self, text: str) -> Hand:
        return self.do(*(happened.Typed(character) for character in text))

    @property
    def touches(self) -> int:
        return self.keys + self.decisions

    @property
    def seconds(self) -> float:
        return self.keys * KEY_S + self.decisions * DECISION_S


def _shortest(hand: Hand) -> Hand:
    hand.do(happened.Continued(), happened.ServiceChosen("documentos"), happened.Skipped(), happened.Skipped())
    hand.do(happened.Continued(), happened.Issued(TICKET))
    assert hand.visitor.state.screen is Screen.TICKET
    return hand


def test_a_scanned_card_and_six_touches() -> None:
    hand = _shortest(Hand().do(happened.Begun(), happened.Scanned(CARD)))
    assert hand.touches <= 6


def test_a_typed_number_is_eight_more() -> None:
    assert _shortest(Hand().do(happened.Begun()).type("12345678")).touches <= 14


def test_a_card_held_up_at_once_saves_the_first() -> None:
    assert _shortest(Hand().do(happened.Scanned(CARD))).touches <= 5


def test_with_forty_characters_and_an_address_in_less_than_a_minute() -> None:
    assert (len(DESCRIPTION), len(MAIL)) == (40, 22)
    hand = Hand().do(happened.Begun()).type("12345678").do(happened.Continued(), happened.ServiceChosen("documentos"))
    hand.do(happened.DescribeOpened()).type(DESCRIPTION).do(happened.Continued(), happened.Continued())
    hand.type(MAIL).do(happened.NoticesTicked(), happened.Continued(), happened.Continued(), happened.Issued(TICKET))
    assert hand.visitor.state.screen is Screen.TICKET
    assert hand.seconds < 60
