"""A visitor for stories: says what happens, line after line, and keeps what the flow asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from domain.clock import Micros
from domain.documents import Document, DocumentKind
from domain.tickets import QueueNumber
from drivers.scanner.words import DocumentReading, Rule
from kiosk.flow import events as happened
from kiosk.flow.advance import advance
from kiosk.flow.state import Screen, State, Ticket
from tests.samples import MONDAY_10AM, OFFICE

if TYPE_CHECKING:
    from kiosk.flow.effects import Effect

TICKET = Ticket(
    id=UUID(int=17),
    number=QueueNumber("A", 17),
    service="Presentar documentos",
    issued_at=MONDAY_10AM,
    url="HTTP://127.0.0.1:8080/T/" + "A" * 52,
)
CARD = DocumentReading(Document(DocumentKind.DNI, "12345678"), Rule.CODE39_TWO_FRAMES)


@dataclass
class Visitor:
    """Plays events against the flow; nothing else is needed to walk through a whole visit."""

    state: State = field(default_factory=lambda: State(office=OFFICE, now_s=0.0, now=MONDAY_10AM))
    effects: list[Effect] = field(default_factory=list)

    def do(self, *events: happened.Event) -> Visitor:
        for event in events:
            self.state, effects = advance(self.state, event)
            self.effects += effects
        return self

    def type(self, text: str) -> Visitor:
        return self.do(*(happened.Typed(character) for character in text))

    def wait(self, seconds: float) -> Visitor:
        """Lets time pass, a tick a second."""
        for _ in range(round(seconds)):
            later = Micros(self.state.now + 1_000_000)
            self.do(happened.Tick(self.state.now_s + 1, later))
        return self

    def to(self, screen: Screen) -> Visitor:
        """The quickest way to a screen."""
        steps: dict[Screen, tuple[happened.Event, ...]] = {
            Screen.IDENTIFY: (happened.Begun(),),
            Screen.CHECK_DOCUMENT: (happened.Scanned(CARD),),
            Screen.SERVICE: (happened.Continued(),),
            Screen.DESCRIBE: (happened.ServiceChosen("documentos"),),
            Screen.CONTACT: (happened.Skipped(),),
            Screen.REVIEW: (happened.Skipped(),),
            Screen.TICKET: (happened.Continued(), happened.Issued(TICKET)),
        }
        for reached, events in steps.items():
            self.do(*events)
            if reached is screen:
                break
        assert self.state.screen is screen
        return self
