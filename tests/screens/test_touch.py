"""Touching what is on the pages posts what it should, and nothing else."""

from __future__ import annotations

import pytest

from domain.documents import Document, DocumentKind
from drivers.scanner.words import DocumentReading, Rule
from kiosk.flow import events as happened
from kiosk.flow.advance import advance
from kiosk.flow.state import Screen, State
from kiosk.ui.post import Post
from tests.flows.visitor import CARD, TICKET
from tests.screens.moments import MOMENTS, MORE_SERVICES
from tests.screens.stage import Stage

PRESSES = {
    "welcome": {"welcome.begin": happened.Begun(), "welcome.preferential": happened.Begun(preferential=True)},
    "closed": {"closed.back": happened.WentBack()},
    "identify": {
        "nav.back": happened.WentBack(),
        "nav.leave": happened.Left(),
        "keypad.7": happened.Typed("7"),
        "keypad.erase": happened.Erased(),
        "keypad.clear": happened.Cleared(),
        "identify.skip": happened.Skipped(),
        "identify.continue": happened.Continued(),
    },
    "check_document": {"check_document.yes": happened.Continued(), "check_document.no": happened.WentBack()},
    "service": {"service.consulta": happened.ServiceChosen("consulta")},
    "describe": {
        "describe.skip": happened.Skipped(),
        "describe.continue": happened.Continued(),
        "describe.phrase_copy": happened.PhraseChosen("Pido una copia"),
        "keyboard.erase": happened.Erased(),
    },
    "contact": {"contact.skip": happened.Skipped(), "contact.continue": happened.Continued()},
    "review": {"review.confirm": happened.Continued()},
    "ticket_printed": {"ticket.finish": happened.Left()},
    "ticket_uncertain": {
        "ticket.came": happened.PaperSeen(whole=True),
        "ticket.did_not_come": happened.PaperSeen(whole=False),
    },
    "still_there": {"still_there.yes": happened.Touched(), "still_there.no": happened.Left()},
}


@pytest.mark.parametrize(
    ("moment", "key", "event"), [(m, key, event) for m, keys in PRESSES.items() for key, event in keys.items()]
)
def test_a_press_posts_its_event(stage: Stage, moment: str, key: str, event: happened.Event) -> None:
    stage.show(MOMENTS[moment])
    stage.posted.clear()
    stage.tap(key)
    expected = [happened.Touched(), event]
    assert [posted for posted in stage.posted if posted in expected] == stage.posted
    assert stage.posted[0] == happened.Touched()
    assert stage.posted[-1] == event


def test_the_frame_that_follows_a_touch_shows_what_it_did(stage: Stage) -> None:
    from kivy.clock import Clock  # noqa: PLC0415  # Kivy after its preparation

    def typed(event: happened.Event) -> State:
        if event == happened.Typed("7"):
            stage.state = MOMENTS["identify_typed"]
        return stage.state

    stage.show(MOMENTS["identify"])
    stage.handle = typed
    Clock.schedule_once(lambda _dt: stage.finger.tap("keypad.7"))
    stage.step()
    assert stage.app._root.page.typed == "12345678"


def test_a_finger_that_slides_off_takes_the_press_back(stage: Stage) -> None:
    from kivy.base import EventLoop  # noqa: PLC0415  # Kivy after its preparation

    from kiosk.ui.finger import Tip  # noqa: PLC0415

    stage.show(MOMENTS["review"])
    button = stage.finger.find("review.confirm")
    x, y = button.to_window(*button.center)
    width, height = stage.window.size
    touch = Tip(x / width, y / height)
    EventLoop.post_dispatch_input("begin", touch)
    touch.move({"x": 0.5, "y": 0.9})
    EventLoop.post_dispatch_input("update", touch)
    EventLoop.post_dispatch_input("end", touch)
    stage.play()
    assert happened.Continued() not in stage.posted


def test_the_question_covers_what_is_below(stage: Stage) -> None:
    from kiosk.ui.finger import CannotTouchError  # noqa: PLC0415  # Kivy after its preparation

    stage.show(MOMENTS["still_there"])
    with pytest.raises(CannotTouchError, match="not on the describe page"):
        stage.tap("describe.continue")
    from kivy.base import EventLoop  # noqa: PLC0415

    from kiosk.ui.finger import Tip  # noqa: PLC0415

    stage.posted.clear()
    touch = Tip(0.7, 0.05)  # where "Continuar" lies under the veil
    EventLoop.post_dispatch_input("begin", touch)
    EventLoop.post_dispatch_input("end", touch)
    stage.play()
    assert stage.posted == [happened.Touched()]


def test_a_double_tap_does_not_press_what_comes_next(stage: Stage) -> None:
    """Tremor and habit: the second tap was meant for the page before."""
    stage.handle = _Flow(stage.state)
    stage.finger.tap("welcome.begin")
    stage.step()
    stage.step()
    assert stage.app._root.page.name == Screen.IDENTIFY.value
    stage.finger.tap("identify.skip")
    stage.step()
    assert stage.handle.state.screen is Screen.IDENTIFY
    stage.play()
    stage.tap("identify.skip")
    assert stage.handle.state.screen is Screen.SERVICE


def test_the_services_that_do_not_fit_are_one_touch_away(stage: Stage) -> None:
    stage.show(MOMENTS["service_many"])
    first = {pressable.key for pressable in stage.finger.pressables()}
    stage.tap("service.more")
    stage.tap(f"service.{MORE_SERVICES[-1].code}")
    assert stage.posted[-1] == happened.ServiceChosen(MORE_SERVICES[-1].code)
    assert f"service.{MORE_SERVICES[-1].code}" not in first
    stage.tap("service.more")
    assert {pressable.key for pressable in stage.finger.pressables()} == first


def type_on(stage: Stage, text: str, gap_s: float) -> None:
    """Types on a real keyboard, or scans with what plays one; a line end is the Enter key."""
    for character in text:
        stage.now_s += gap_s
        stage.window.dispatch("on_key_down", ord(character), 0, None, [])
        if character.isprintable():
            stage.window.dispatch("on_textinput", character)


def test_a_real_keyboard_types_too(stage: Stage) -> None:
    type_on(stage, "12345678", 0.12)
    type_on(stage, "\x08\r", 0.12)
    stage.play()
    assert stage.posted == [*map(happened.KeyPressed, "12345678\b\r")]


@pytest.mark.parametrize(("modifiers", "keys"), [([], "7*#"), (["numlock"], "*#")])
def test_a_numeric_keypad_types_with_and_without_its_lock(stage: Stage, modifiers: list[str], keys: str) -> None:
    """With it the digit comes as text as well, which a second time would be one too many."""
    stage.window.dispatch("on_key_down", 263, 0, None, modifiers)
    stage.window.dispatch("on_textinput", "*")
    stage.window.dispatch("on_textinput", "#")
    stage.play()
    stage.window.dispatch("on_key_down", 271, 0, None, modifiers)
    stage.play()
    assert stage.posted == [*map(happened.KeyPressed, keys + "\r")]


def test_the_last_key_is_not_kept_waiting_for_the_next(stage: Stage) -> None:
    type_on(stage, "7", 0.12)
    stage.play(0.2)
    assert stage.posted == [happened.KeyPressed("7")]


def test_a_scanner_that_plays_a_keyboard_scans_and_types_nothing(stage: Stage) -> None:
    stage.keys.start()
    type_on(stage, "]A012345678\r", 0.004)
    stage.play(0.2)
    assert stage.posted == [happened.Scanned(DocumentReading(Document(DocumentKind.DNI, "12345678"), Rule.USB_SCANNER))]


def test_what_is_scanned_when_nobody_asked_ends_in_no_field(stage: Stage) -> None:
    stage.keys.stop()
    type_on(stage, "HTTPS://EXAMPLE.ORG/T/ABC\r", 0.004)
    stage.play(0.2)
    assert stage.posted == []


class _Flow:
    """The real flow behind the pages; what a worker would answer is said by the test."""

    def __init__(self, state: State) -> None:
        self.state = state

    def __call__(self, event: happened.Event) -> State:
        self.state, _ = advance(self.state, event)
        return self.state


def test_a_whole_visit_by_touch(stage: Stage) -> None:
    flow = stage.handle = _Flow(stage.state)
    post: Post = stage.app.post
    stage.tap("welcome.preferential")
    stage.tap("keypad.1")
    post(happened.Scanned(CARD))
    stage.play()
    stage.tap("check_document.yes")
    stage.tap("service.copias")
    for key in "copia ñ":
        stage.tap(f"keyboard.{'space' if key == ' ' else key}")
    stage.tap("describe.continue")
    for key in "987654321":
        stage.tap(f"keyboard.{key}")
    stage.tap("contact.continue")
    stage.tap("review.confirm")
    assert flow.state.saving
    draft = flow.state.draft
    assert (draft.document, draft.preferential) == (CARD.document, True)
    assert (draft.service, draft.description, draft.contact) == ("copias", "copia ñ", "987654321")
    post(happened.Issued(TICKET))
    stage.play()
    stage.tap("ticket.finish")
    assert flow.state.screen is Screen.WELCOME


def test_eight_digits_make_the_button_ready(stage: Stage) -> None:
    flow = stage.handle = _Flow(stage.state)
    stage.tap("welcome.begin")
    for digit in "1234567":
        stage.tap(f"keypad.{digit}")
    assert stage.finger.find("identify.continue").kind == "waiting"
    stage.tap("keypad.8")
    assert stage.finger.find("identify.continue").kind == "primary"
    stage.tap("identify.continue")
    assert flow.state.draft.document.number == "12345678"


def test_nothing_of_a_visitor_stays_in_the_pages(stage: Stage) -> None:
    for name in ("check_document_named", "describe_full", "contact_typed", "review_everything", "ticket_printed"):
        stage.show(MOMENTS[name])
    stage.show(MOMENTS["welcome"])
    secrets = ("PRUEBA", "12345678", "5678", "Solicito", "maria.prueba", "K7QM", "A-017")
    pages = [page for page in stage.app._root._pages.values() if page.name != "identify"]
    texts = [widget.text for page in pages for widget in page.walk() if hasattr(widget, "text")]
    assert [text for text in texts for secret in secrets if secret in text] == []
