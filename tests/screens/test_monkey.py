"""Somebody plays with the machine: random events and touches without end, and then nothing of anybody is left in it."""

from __future__ import annotations

import gc
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.clock import Micros
from domain.documents import Document, DocumentKind
from domain.messages import TurnStatus
from domain.tracking import mint
from drivers.printer.words import Outcome, Reason, Result, Status
from drivers.printer.words import State as PrinterState
from drivers.scanner.words import CameraState, DocumentReading, Hint, Rule, TicketReading
from kiosk.flow import events as happened
from kiosk.flow.advance import advance
from kiosk.flow.state import ALONE_S, IDLE_ANSWER_S, IDLE_ASK_S, Intent, Problem, Screen
from tests.flows.visitor import TICKET
from tests.samples import DAY
from tests.screens.moments import office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.flow.state import State
    from tests.screens.stage import Stage

LANGUAGES = ("es", "qu", "ay", "en")
NUMBER, NAME = "40219876", "ZOILA PLANTADA EJEMPLO"
DESCRIPTION, SUBJECT, CONTACT = "descripcionplantada", "asuntoplantado", "plantada@ejemplo.pe"
PLANTED = (NUMBER, NAME, DESCRIPTION, SUBJECT, CONTACT)
CARD = DocumentReading(Document(DocumentKind.DNI, NUMBER), Rule.CODE39_TWO_FRAMES, NAME)
SLIP = TicketReading(mint(kiosk=1, day=DAY, n=17, nonce=bytes(16), key=b"k"))
TURNS = {"some": 600, "many": 20_000}
TOUCH_EVERY = 6


class Playing:
    """The flow behind the glass, without printer, camera and server; what they could say is said by chance."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.chance = random.Random(seed)
        self.stage = stage
        self.state = replace(office(), languages=LANGUAGES)
        self.seen: set[Screen] = set()
        stage.handle = self.handle
        stage.show(self.state)

    def handle(self, event: happened.Event) -> State:
        self.state, _ = advance(self.state, event)
        self.seen.add(self.state.screen)
        return self.state

    def event(self) -> happened.Event:
        chance = self.chance
        common: tuple[happened.Event, ...] = (
            happened.Typed(chance.choice("1234567890aeñ@.' ")),
            happened.KeyPressed(chance.choice("0123456789*#\r\bx")),
            happened.Continued(),
            happened.Skipped(),
            happened.ServiceChosen("documentos"),
            happened.WentBack(),
            happened.Begun(chance.choice(list(Intent)), preferential=chance.random() < 0.3),
            happened.Scanned(CARD),
            happened.Issued(TICKET),
            happened.LanguageChosen(chance.choice(LANGUAGES)),
            happened.Covered(None),
            happened.DescribeOpened(),
            happened.FoliosOpened(),
            happened.ForAnother(),
        )
        rare: tuple[happened.Event, ...] = (
            happened.NotSaved(),
            happened.Remembered(TICKET, chance.randrange(3)),
            happened.Scanned(SLIP),
            happened.StatusHeard(TurnStatus("A-017", "called", counter="3")),
            happened.StatusHeard(Problem.NO_ANSWER),
            happened.PrinterChanged(Status(PrinterState.BLOCKED, Reason.PAPER)),
            happened.PrinterChanged(Status(PrinterState.READY)),
            happened.Printed(TICKET.id, 0, Outcome(chance.choice(list(Result)))),
            happened.CameraChanged(chance.choice(list(CameraState))),
            happened.Hinted(chance.choice(list(Hint))),
            happened.QueueHeard(chance.randrange(40), minutes=chance.choice((None, 5))),
            happened.AskBegun(),
            happened.InfoOpened(),
            happened.StaffKnocked(),
            happened.PinChecked(None),
            happened.HelpAsked(),
            happened.Left(),
            happened.ServiceSwitched(is_out=chance.random() < 0.2),
            happened.Tick(self.state.now_s + chance.choice((1, 20, 61)), Micros(self.state.now + 1_000_000)),
        )
        return chance.choice(common if chance.random() < 0.75 else rare)

    def touch(self) -> None:
        """The finger goes anywhere that can be touched; what lies under something is left alone."""
        finger = self.stage.finger
        keys = [pressable.key for pressable in finger.pressables()]
        key = self.chance.choice(keys) if keys else ""
        if key and finger.fault(key) is None:
            finger.tap(key)
        self.stage.step(0.3)


@pytest.mark.parametrize("amount", ["some", pytest.param("many", marks=pytest.mark.long)])
def test_anything_at_any_time(stage: Stage, amount: str) -> None:
    playing = Playing(stage, seed=20261125)
    for turn in range(TURNS[amount]):
        if turn % TOUCH_EVERY == 0:
            playing.touch()
        else:
            stage.app.post(playing.event())
            if turn % 5 == 0:
                stage.step(0.3)
    stage.play()
    assert not stage.app.failed
    assert len(playing.seen) >= (10 if amount == "some" else len(Screen) - 1)
    _leave_alone(playing)
    assert playing.state.screen is Screen.WELCOME
    assert stage.app._root.page.name == Screen.WELCOME.value


def _leave_alone(playing: Playing) -> None:
    """Nobody touches it any more; what was waited for is answered."""
    for event in (happened.NotSaved(), happened.StatusHeard(Problem.NO_ANSWER), happened.PinChecked(Problem.PIN_WRONG)):
        playing.stage.app.post(event)
    playing.stage.app.post(happened.ServiceSwitched(is_out=False))
    later_s = playing.state.now_s + max(IDLE_ASK_S + IDLE_ANSWER_S, *ALONE_S.values()) + 1
    for _ in range(3):
        playing.stage.app.post(happened.Tick(later_s, playing.state.now))
        playing.stage.play(0.5)
        later_s += max(IDLE_ASK_S + IDLE_ANSWER_S, *ALONE_S.values()) + 1


@pytest.mark.parametrize("ending", ["left", "idle", "ticket"])
def test_nothing_of_a_visitor_is_left_in_the_machine(
    stage: Stage, ending: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    playing = Playing(stage, seed=1)
    _visit(playing)
    assert _found(PLANTED), "the planted values are nowhere, so their absence would prove nothing"
    if ending == "idle":
        _leave_alone(playing)
    else:
        if ending == "ticket":
            stage.app.post(happened.Continued())
            stage.app.post(happened.Issued(TICKET))
            stage.play(0.5)
        stage.app.post(happened.Left())
    stage.play(1.0)
    assert playing.state.screen is Screen.WELCOME
    stage.posted.clear()
    assert _found(PLANTED) == []
    assert not any(value in caplog.text for value in PLANTED)


def _visit(playing: Playing) -> None:
    """Through every page on which something personal stands, drawn on each."""
    stage = playing.stage
    steps: tuple[happened.Event | str, ...] = (
        happened.Begun(),
        happened.Scanned(CARD),
        happened.ForAnother(),
        NUMBER,
        happened.ServiceChosen("documentos"),
        happened.DescribeOpened(),
        happened.PhraseChosen(SUBJECT),
        DESCRIPTION,
        happened.Continued(),
        happened.FoliosOpened(),
        happened.Continued(),
        happened.Continued(),
        CONTACT,
        happened.NoticesTicked(),
        happened.Continued(),
    )
    for step in steps:
        events = [happened.Typed(character) for character in step] if isinstance(step, str) else [step]
        for event in events:
            stage.app.post(event)
        stage.play(0.4)
        stage.picture()
    assert playing.state.screen is Screen.REVIEW


def _found(values: tuple[str, ...]) -> list[str]:
    """In which living containers a text with one of ``values`` in it stands; Kivy's caches are among them."""
    gc.collect()
    return [f"{type(holder).__name__}: {text[:60]}" for holder, text in _texts() if any(v in text for v in values)]


def _texts() -> Iterator[tuple[object, str]]:
    for holder in gc.get_objects():
        if holder is PLANTED or holder is globals() or _is_the_tests_own(holder):
            continue
        for held in gc.get_referents(holder):
            if isinstance(held, str):
                yield holder, held


def _is_the_tests_own(holder: object) -> bool:
    """The constants of this module and its functions; pytest's record of what a test captured."""
    if isinstance(holder, tuple | list | dict | frozenset) and len(holder) < 2:
        return False
    return isinstance(holder, Document | DocumentReading) and holder in (CARD, CARD.document)
