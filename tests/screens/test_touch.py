"""Touching what is on the pages posts what it should, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.documents import Document, DocumentKind
from drivers.scanner.words import DocumentReading, Rule
from kiosk.flow import events as happened
from kiosk.flow.advance import advance
from kiosk.flow.menu import menu
from kiosk.flow.state import Aid, Cover, Intent, Screen, State
from kiosk.ui.post import Post
from tests.flows.visitor import CARD, TICKET
from tests.screens.moments import MOMENTS, MORE_SERVICES
from tests.screens.stage import Stage

PRESSES = {
    "welcome": {
        "welcome.hand_in": happened.Begun(),
        "welcome.ask": happened.AskBegun(),
        "welcome.other": happened.Begun(Intent.OTHER),
        "welcome.preferential": happened.Begun(Intent.ANY, preferential=True),
        "welcome.info": happened.InfoOpened(),
        "aid.large": happened.AidSwitched(Aid.LARGE),
        "aid.contrast": happened.AidSwitched(Aid.CONTRAST),
        "aid.reach": happened.AidSwitched(Aid.REACH),
        "aid.voice": happened.AidSwitched(Aid.VOICE),
        "help.ask": happened.HelpAsked(),
    },
    "closed": {"closed.back": happened.WentBack(), "closed.ask": happened.AskBegun()},
    "identify": {
        "nav.back": happened.WentBack(),
        "nav.leave": happened.Left(),
        "keypad.7": happened.Typed("7"),
        "keypad.erase": happened.Erased(),
        "keypad.clear": happened.Cleared(),
        "identify.skip": happened.Skipped(),
        "identify.continue": happened.Continued(),
        "identify.ce": happened.KindChosen(DocumentKind.CE),
        "privacy.more": happened.Covered(Cover.PRIVACY),
    },
    "identify_passport": {"keyboard.Q": happened.Typed("Q"), "identify.dni": happened.KindChosen(DocumentKind.DNI)},
    "check_document": {
        "check_document.yes": happened.Continued(),
        "check_document.another": happened.ForAnother(),
        "check_document.no": happened.WentBack(),
    },
    "service": {"service.consulta": happened.ServiceChosen("consulta")},
    "describe": {
        "describe.skip": happened.Skipped(),
        "describe.continue": happened.Continued(),
        "describe.phrase_copy": happened.PhraseChosen("Pido una copia"),
        "keyboard.erase": happened.Erased(),
    },
    "contact": {
        "contact.skip": happened.Skipped(),
        "contact.continue": happened.Continued(),
        "contact.notices": happened.NoticesTicked(),
        "privacy.more": happened.Covered(Cover.PRIVACY),
    },
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
            stage.state = replace(MOMENTS["identify"], typed="7")
        return stage.state

    stage.show(MOMENTS["identify"])
    stage.handle = typed
    Clock.schedule_once(lambda _dt: stage.finger.tap("keypad.7"))
    stage.step()
    assert stage.app._root.page.typed == "7"


LISTS = ("service.", "request.requirement.")
"""What does not fit is one touch further."""


@pytest.mark.parametrize("name", MOMENTS)
def test_whatever_can_be_chosen_can_be_touched(stage: Stage, name: str) -> None:
    stage.show(MOMENTS[name])
    keys = {pressable.key for pressable in stage.finger.pressables()}
    assert {choice.key for choice in menu(MOMENTS[name]) if not choice.key.startswith(LISTS)} <= keys


def test_the_language_can_be_changed_on_every_page(stage: Stage) -> None:
    for name, aids in (("welcome", ()), ("identify", ()), ("identify", (Aid.REACH,)), ("welcome", (Aid.REACH,))):
        stage.show(replace(MOMENTS[name], languages=("es", "en"), aids=frozenset(aids)))
        stage.posted.clear()
        stage.tap("language.en")
        assert stage.posted == [happened.Touched(), happened.LanguageChosen("en")]
        assert len([p for p in stage.finger.pressables() if p.key == "language.en"]) == 1


def test_where_there_is_one_language_none_is_offered(stage: Stage) -> None:
    stage.show(MOMENTS["welcome"])
    assert [p.key for p in stage.finger.pressables() if p.key.startswith("language.")] == []


def test_exploring_by_touch_is_offered_with_the_voice(stage: Stage) -> None:
    keys = {pressable.key for pressable in stage.finger.pressables()}
    assert "aid.explore" not in keys
    stage.show(replace(MOMENTS["identify"], aids=frozenset({Aid.VOICE})))
    stage.posted.clear()
    stage.tap("aid.explore")
    assert stage.posted[-1] == happened.AidSwitched(Aid.EXPLORE)


def test_five_quick_touches_of_the_clock_are_the_staffs(stage: Stage) -> None:
    from kiosk.ui.kit.knock import KnockClock  # noqa: PLC0415  # Kivy after its preparation

    (clock,) = [widget for widget in stage.app._root._header.walk() if isinstance(widget, KnockClock)]
    x, y = clock.to_window(*clock.center)
    for pause_s in (1.0, 1.0, 1.0, 1.0, 0.2, 0.2, 0.2):
        _touch(stage, x, y)
        stage.play(pause_s)
    assert happened.StaffKnocked() in stage.posted
    assert stage.posted.count(happened.StaffKnocked()) == 1
    stage.posted.clear()
    for _ in range(5):
        _touch(stage, x, y)
        stage.play(1.5)
    assert happened.StaffKnocked() not in stage.posted


def _touch(stage: Stage, x: float, y: float) -> None:
    from kivy.base import EventLoop  # noqa: PLC0415  # Kivy after its preparation

    from kiosk.ui.finger import Tip  # noqa: PLC0415

    touch = Tip(x / stage.window.width, y / stage.window.height)
    EventLoop.post_dispatch_input("begin", touch)
    EventLoop.post_dispatch_input("end", touch)


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
    touch = Tip(0.7, 0.12)  # where "Continuar" lies under the veil
    EventLoop.post_dispatch_input("begin", touch)
    EventLoop.post_dispatch_input("end", touch)
    stage.play()
    assert stage.posted == [happened.Touched()]


def test_a_double_tap_does_not_press_what_comes_next(stage: Stage) -> None:
    """Tremor and habit: the second tap was meant for the page before."""
    stage.handle = _Flow(stage.state)
    stage.finger.tap("welcome.hand_in")
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
    stage.tap("request.describe")
    for key in "copia ñ":
        stage.tap(f"keyboard.{'space' if key == ' ' else key}")
    stage.tap("describe.continue")
    stage.tap("request.continue")
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


def test_the_eighth_digit_goes_on_by_itself(stage: Stage) -> None:
    flow = stage.handle = _Flow(stage.state)
    stage.tap("welcome.hand_in")
    for digit in "1234567":
        stage.tap(f"keypad.{digit}")
    assert stage.finger.find("identify.continue").kind == "waiting"
    stage.tap("keypad.8")
    assert flow.state.screen is Screen.CHECK_DOCUMENT
    assert flow.state.draft.document.number == "12345678"


def test_nothing_of_a_visitor_stays_in_the_pages(stage: Stage) -> None:
    told = ("check_document_named", "describe_full", "contact_typed", "review_everything", "ticket_printed")
    asked = ("ask_typed", "status", "earlier", "request_everything", "describe_both", "pin_typed")
    for name in (*told, *asked):
        stage.show(MOMENTS[name])
    stage.show(MOMENTS["welcome"])
    secrets = ("PRUEBA", "12345678", "5678", "Solicito", "maria.prueba", "K7QM", "A-017")
    pages = [page for page in stage.app._root._pages.values() if page.name != "identify"]
    texts = [widget.text for page in pages for widget in page.walk() if hasattr(widget, "text")]
    assert [text for text in texts for secret in secrets if secret in text] == []
