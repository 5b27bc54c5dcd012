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
from kiosk.flow.effects import StartScanning, StopScanning
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
            Screen.REQUEST: (happened.ServiceChosen("documentos"),),
            Screen.CONTACT: (happened.Skipped(),),
            Screen.REVIEW: (happened.Skipped(),),
            Screen.TICKET: (happened.Continued(), happened.Issued(TICKET)),
        }
        aside: dict[Screen, happened.Event] = {
            Screen.PRINCIPAL: happened.ForAnother(),
            Screen.DESCRIBE: happened.DescribeOpened(),
            Screen.FOLIOS: happened.FoliosOpened(),
            Screen.INFO: happened.InfoOpened(),
            Screen.ASK: happened.AskBegun(),
            Screen.PIN: happened.StaffKnocked(),
        }
        before = {
            Screen.PRINCIPAL: Screen.CHECK_DOCUMENT,
            Screen.DESCRIBE: Screen.REQUEST,
            Screen.FOLIOS: Screen.REQUEST,
        }
        target = before.get(screen, screen)
        for reached, events in steps.items() if target not in aside else ():
            self.do(*events)
            if reached is target:
                break
        if screen in aside:
            self.do(aside[screen])
        assert self.state.screen is screen
        return self

    @property
    def wanted(self) -> list[Effect]:
        """What the flow asked for, but for the scanner's ons and offs."""
        return [effect for effect in self.effects if not isinstance(effect, StartScanning | StopScanning)]
