"""For who cannot see: what is under the finger is spoken, two taps choose, and a hand that trembles presses once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kiosk.flow import events as happened
from kiosk.flow.advance import advance
from kiosk.flow.effects import IssueTicket
from kiosk.flow.menu import menu
from kiosk.flow.narration import to_say
from kiosk.flow.said import in_words
from kiosk.flow.state import Aid, Screen, State
from kiosk.texts import Texts
from tests.flows.visitor import TICKET
from tests.screens.moments import MOMENTS
from tests.screens.stage import Stage

if TYPE_CHECKING:
    from kiosk.ui.finger import Tip

EXPLORES = frozenset({Aid.VOICE, Aid.EXPLORE})
PERSONAL = ("12345678", "5678", "MARIA", "PRUEBA", "EJEMPLO", "maria.", "987654321", "K7QM", "Solicito", "45123")


class Hand:
    """A finger that is put down, moved and lifted, wherever it is told."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._tip: Tip | None = None

    def down(self, x: float, y: float) -> Hand:
        """``x`` and ``y`` from 0 to 1 of the window."""
        from kiosk.ui.finger import Tip  # noqa: PLC0415  # Kivy after its preparation

        self._tip = Tip(x, y)
        self._send("begin")
        return self

    def move(self, x: float, y: float) -> Hand:
        assert self._tip is not None
        self._tip.move({"x": x, "y": y})
        self._send("update")
        return self

    def up(self) -> Hand:
        self._send("end")
        return self

    def wait(self, seconds: float) -> Hand:
        self._stage.play(seconds)
        return self

    def tap(self, x: float, y: float) -> Hand:
        return self.down(x, y).up()

    def _send(self, kind: str) -> None:
        from kivy.base import EventLoop  # noqa: PLC0415

        EventLoop.post_dispatch_input(kind, self._tip)
        self._stage.step()

    def where(self, key: str) -> tuple[float, float]:
        button = self._stage.finger.find(key)
        x, y = button.to_window(*button.center)
        return x / self._stage.window.width, y / self._stage.window.height


@pytest.fixture
def hand(stage: Stage) -> Hand:
    return Hand(stage)


def _show(stage: Stage, moment: str) -> State:
    state = replace(MOMENTS[moment], aids=EXPLORES)
    stage.show(state)
    stage.posted.clear()
    stage.spoken.clear()
    return state


def test_a_touch_speaks_and_presses_nothing(stage: Stage, hand: Hand) -> None:
    _show(stage, "service")
    hand.tap(*hand.where("service.consulta")).wait(1)
    assert stage.spoken == [("Consultar un trámite", "En qué estado está su expediente")]
    assert stage.posted == [happened.Touched()]


def test_a_finger_that_slides_hears_each_thing_once(stage: Stage, hand: Hand) -> None:
    _show(stage, "service")
    hand.down(*hand.where("service.documentos"))
    hand.move(*hand.where("service.documentos")).move(*hand.where("service.consulta")).move(0.999, 0.5)
    hand.move(*hand.where("service.consulta")).up().wait(1)
    assert [words[0] for words in stage.spoken] == [
        "Presentar documentos",
        "Consultar un trámite",
        "Consultar un trámite",
    ]
    assert stage.posted == [happened.Touched()]


def test_two_taps_anywhere_choose_what_was_spoken_last(stage: Stage, hand: Hand) -> None:
    _show(stage, "service")
    hand.tap(*hand.where("service.copias")).wait(2)
    hand.tap(0.999, 0.5).wait(0.2).tap(0.999, 0.5).wait(0.5)
    assert stage.posted[-1] == happened.ServiceChosen("copias")
    assert len(stage.spoken) == 1


def test_two_slow_taps_choose_nothing(stage: Stage, hand: Hand) -> None:
    _show(stage, "service")
    hand.tap(*hand.where("service.copias")).wait(0.7).tap(*hand.where("service.copias")).wait(0.7)
    assert [event for event in stage.posted if event != happened.Touched()] == []
    assert len(stage.spoken) == 2


def test_three_taps_choose_once(stage: Stage, hand: Hand) -> None:
    _show(stage, "service")
    for _ in range(3):
        hand.tap(*hand.where("service.copias"))
    hand.wait(0.5)
    assert stage.posted.count(happened.ServiceChosen("copias")) == 1


def test_what_was_spoken_on_the_page_before_is_not_chosen_on_this_one(stage: Stage, hand: Hand) -> None:
    _show(stage, "service")
    hand.tap(*hand.where("service.copias")).wait(1)
    _show(stage, "request")
    hand.tap(0.999, 0.5).tap(0.999, 0.5).wait(0.5)
    assert [event for event in stage.posted if event != happened.Touched()] == []


@pytest.mark.parametrize(
    ("moment", "key", "words"),
    [
        ("request", "request.requirement.0", "Solicitud firmada, dirigida a la entidad: lo tiene"),
        ("folios", "folios.medium.usb", "Memoria USB: sin marcar"),
        ("identify", "keypad.7", "7"),
        ("identify", "keypad.erase", "Borrar"),
        ("describe", "keyboard.q", "q"),
        ("describe", "keyboard.space", "Espacio"),
        ("describe", "keyboard.layer", "Números y signos"),
        ("service", "aid.voice", "Escuchar: activado"),
        ("service", "aid.large", "Letra grande: desactivado"),
        ("service", "nav.back", "Atrás"),
    ],
)
def test_what_can_be_touched_says_its_words_and_how_it_stands(
    stage: Stage, hand: Hand, moment: str, key: str, words: str
) -> None:
    _show(stage, moment)
    hand.tap(*hand.where(key)).wait(1)
    assert stage.spoken[0][0] == words


def test_a_key_is_named_and_what_was_typed_is_not(stage: Stage, hand: Hand) -> None:
    state = replace(MOMENTS["identify"], typed="1234567", aids=EXPLORES)
    stage.show(state)
    for key in ("keypad.7", "keypad.erase", "identify.skip"):
        hand.tap(*hand.where(key)).wait(1)
    assert "".join(word for words in stage.spoken for word in words).count(state.typed) == 0


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_that_can_be_touched_speaks_of_the_visitor(stage: Stage, moment: str) -> None:
    from kiosk.ui.explore import said_of  # noqa: PLC0415  # Kivy after its preparation

    state = _show(stage, moment)
    texts = Texts(strict=True)
    for widget in stage.finger.pressables():
        words = in_words(said_of(widget, state), texts)
        assert words, widget.key
        assert all(words), widget.key
        assert [(widget.key, secret) for secret in PERSONAL if secret in " ".join(words)] == []


# --- how it is switched on -------------------------------------------------------------------------------------


def test_a_finger_that_rests_on_the_first_page_switches_it_on_and_chooses_nothing(stage: Stage, hand: Hand) -> None:
    (first, *_) = stage.finger.pressables()
    hand.down(*hand.where(first.key)).wait(2.2).up().wait(0.5)
    assert stage.posted == [happened.Touched(), happened.AidSwitched(Aid.EXPLORE)]
    assert first.state == "normal"


def test_a_finger_that_moves_or_is_lifted_sooner_does_not(stage: Stage, hand: Hand) -> None:
    hand.down(0.001, 0.5).wait(1).move(0.2, 0.5).wait(2).up()
    hand.down(0.001, 0.5).wait(1.5).up().wait(2)
    assert stage.posted == [happened.Touched()] * 2


def test_on_other_pages_a_long_touch_is_a_touch(stage: Stage, hand: Hand) -> None:
    stage.show(MOMENTS["service"])
    stage.posted.clear()
    hand.down(*hand.where("service.copias")).wait(3).up().wait(0.5)
    assert stage.posted[-1] == happened.ServiceChosen("copias")


# --- a whole visit ---------------------------------------------------------------------------------------------


class Visit:
    """The flow behind the glass, with what the voice says of it."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.effects: list[object] = []
        self.heard: list[str] = []

    def __call__(self, event: happened.Event) -> State:
        before = self.state
        self.state, effects = advance(before, event)
        self.effects += effects
        said = to_say(before, self.state, event, {"es"})
        self.heard += in_words(said or (), Texts())
        return self.state


def test_a_visit_can_be_finished_by_exploring_alone(stage: Stage, hand: Hand) -> None:
    visit = stage.handle = Visit(stage.state)
    hand.down(0.001, 0.5).wait(2.2).up().wait(0.7)
    assert visit.heard[0].startswith("Modo para explorar con el dedo")
    for key in ("welcome.hand_in", "identify.skip", "service.documentos", "request.continue", "contact.skip"):
        _choose(stage, hand, visit, key)
    _choose(stage, hand, visit, "review.confirm")
    assert [effect for effect in visit.effects if isinstance(effect, IssueTicket)]
    stage.app.post(happened.Issued(TICKET))
    stage.play()
    assert "Su turno está registrado. Su número es A, 0 17." in visit.heard
    _choose(stage, hand, visit, "ticket.finish")
    assert visit.state.screen is Screen.WELCOME
    assert visit.state.aids == frozenset()


def test_a_number_can_be_typed_by_exploring(stage: Stage, hand: Hand) -> None:
    visit = stage.handle = Visit(replace(MOMENTS["identify"], aids=EXPLORES))
    stage.show(visit.state)
    for digit in "12345678":
        _choose(stage, hand, visit, f"keypad.{digit}")
    assert visit.state.screen is Screen.CHECK_DOCUMENT
    assert visit.heard[:7] == [f"Faltan {left} números." for left in range(7, 1, -1)] + ["Falta 1 número."]


def _choose(stage: Stage, hand: Hand, visit: Visit, key: str) -> None:
    """Slides in from the edge until it is heard, then taps twice somewhere else."""
    stage.play(0.6)
    said = len(stage.spoken)
    hand.down(0.001, 0.5).move(*hand.where(key)).up().wait(0.7)
    assert len(stage.spoken) > said
    hand.tap(0.001, 0.5).wait(0.15).tap(0.001, 0.5).wait(0.6)
    assert menu(visit.state) or visit.state.screen is Screen.OUT_OF_SERVICE


# --- a hand that trembles --------------------------------------------------------------------------------------


def test_a_second_touch_that_comes_too_soon_is_a_trembling_hand(stage: Stage, hand: Hand) -> None:
    stage.show(MOMENTS["identify"])
    stage.posted.clear()
    place = hand.where("keypad.7")
    hand.tap(*place).wait(0.15).tap(*place).wait(0.4).tap(*place).wait(0.5)
    assert stage.posted.count(happened.Typed("7")) == 2


def test_another_key_may_follow_at_once(stage: Stage, hand: Hand) -> None:
    stage.show(MOMENTS["identify"])
    stage.posted.clear()
    for key in ("keypad.7", "keypad.8", "keypad.7"):
        hand.tap(*hand.where(key)).wait(0.15)
    assert [event for event in stage.posted if isinstance(event, happened.Typed)] == [
        happened.Typed(digit) for digit in "787"
    ]


def test_a_counter_is_touched_quickly(stage: Stage, hand: Hand) -> None:
    stage.show(MOMENTS["folios"])
    stage.posted.clear()
    for _ in range(4):
        hand.tap(*hand.where("folios.folios.more")).wait(0.15)
    assert len([event for event in stage.posted if isinstance(event, happened.Counted)]) == 4
