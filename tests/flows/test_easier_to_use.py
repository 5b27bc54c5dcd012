"""Languages, aids, help, the privacy text and the twelve keys: on every page, and gone with the visit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.clock import Micros
from kiosk.flow import events as happened
from kiosk.flow.effects import CallHelp, IssueTicket, SayAgain
from kiosk.flow.menu import menu
from kiosk.flow.state import Aid, Cover, Paper, Screen, State
from tests.flows.visitor import TICKET, Visitor
from tests.samples import MONDAY_10AM, OFFICE


def _visitor() -> Visitor:
    return Visitor(State(office=OFFICE, now_s=0.0, now=MONDAY_10AM, languages=("es", "qu", "en")))


def _keys(visitor: Visitor, keys: str) -> Visitor:
    return visitor.do(*(happened.KeyPressed(key) for key in keys))


def test_another_language_half_way_loses_nothing() -> None:
    visitor = _visitor().to(Screen.DESCRIBE).type("Una copia").do(happened.LanguageChosen("qu"))
    assert (visitor.state.language, visitor.state.typed) == ("qu", "Una copia")
    visitor.do(happened.Continued(), happened.Continued(), happened.Skipped(), happened.Continued())
    (issue,) = [effect for effect in visitor.effects if isinstance(effect, IssueTicket)]
    assert issue.language == "qu"
    visitor.do(happened.Issued(TICKET))
    assert visitor.state.language == "qu"
    assert visitor.do(happened.Left()).state.language == "es"


def test_a_language_that_is_not_offered_changes_nothing() -> None:
    assert _visitor().do(happened.LanguageChosen("ay")).state.language == "es"


def test_aids_end_with_the_visit_and_at_a_quiet_first_page() -> None:
    visitor = _visitor().do(*(happened.AidSwitched(aid) for aid in (Aid.LARGE, Aid.CONTRAST, Aid.REACH, Aid.VOICE)))
    assert len(visitor.state.aids) == 4
    assert visitor.to(Screen.TICKET).state.aids
    assert visitor.do(happened.Left()).state.aids == frozenset()
    visitor.do(happened.AidSwitched(Aid.LARGE), happened.LanguageChosen("en")).wait(61)
    assert (visitor.state.aids, visitor.state.language) == (frozenset(), "es")


def test_going_back_to_the_first_page_keeps_language_and_aids_and_nothing_else() -> None:
    visitor = _visitor().do(happened.LanguageChosen("qu"), happened.AidSwitched(Aid.VOICE)).to(Screen.IDENTIFY)
    visitor.type("1234").do(happened.WentBack())
    assert (visitor.state.screen, visitor.state.language, visitor.state.aids) == (Screen.WELCOME, "qu", {Aid.VOICE})
    assert visitor.state.typed == ""
    assert visitor.wait(61).state.aids == frozenset()


def test_exploring_speaks_and_without_a_voice_there_is_none() -> None:
    visitor = _visitor().do(happened.AidSwitched(Aid.EXPLORE))
    assert visitor.state.aids == {Aid.EXPLORE, Aid.VOICE}
    assert visitor.do(happened.AidSwitched(Aid.VOICE)).state.aids == frozenset()


def test_help_is_called_once_a_minute_and_the_visit_goes_on() -> None:
    visitor = _visitor().to(Screen.SERVICE).do(happened.HelpAsked())
    assert (visitor.state.cover, visitor.wanted[-1]) == (Cover.HELP, CallHelp())
    visitor.do(happened.Covered(None), happened.HelpAsked(), happened.Covered(None))
    assert visitor.wanted.count(CallHelp()) == 1
    visitor.do(happened.ServiceChosen("documentos"))
    assert visitor.state.screen is Screen.REQUEST
    visitor.do(happened.Left()).wait(60).do(happened.HelpAsked())
    assert visitor.wanted.count(CallHelp()) == 2


def test_what_lies_under_a_text_is_not_touched() -> None:
    visitor = _visitor().to(Screen.IDENTIFY).do(happened.Covered(Cover.PRIVACY)).type("1").do(happened.Skipped())
    assert (visitor.state.screen, visitor.state.typed) == (Screen.IDENTIFY, "")
    assert visitor.do(happened.Covered(None)).type("1").state.typed == "1"


def test_a_visit_with_twelve_keys_and_a_voice() -> None:
    visitor = _keys(_visitor(), "*")
    assert visitor.state.aids == {Aid.VOICE}
    _keys(visitor, "*1")
    assert SayAgain() in visitor.effects
    assert visitor.state.screen is Screen.IDENTIFY
    _keys(visitor, "12345678")
    assert visitor.state.screen is Screen.CHECK_DOCUMENT
    _keys(visitor, "1")  # it is mine
    _keys(visitor, "1")  # the first service
    _keys(visitor, "#")  # no details
    _keys(visitor, "#")  # no contact
    _keys(visitor, "1")
    (issue,) = [effect for effect in visitor.effects if isinstance(effect, IssueTicket)]
    assert (issue.draft.document.number, issue.draft.service) == ("12345678", "documentos")
    visitor.do(happened.Issued(TICKET))
    visitor.state = replace(visitor.state, paper=Paper.UNCERTAIN)
    _keys(visitor, "1")
    assert visitor.state.paper is Paper.PRINTED
    assert _keys(visitor, "#").state.screen is Screen.WELCOME


def test_without_a_document_by_the_keys_alone() -> None:
    visitor = _keys(_visitor(), "*1#1##1")
    assert visitor.state.saving


def test_a_contact_by_the_keys() -> None:
    visitor = _keys(_visitor().to(Screen.CONTACT), "987654321#")
    assert visitor.state.draft.contact == "987654321"


def test_a_wrong_number_is_typed_anew_without_a_key_to_erase() -> None:
    visitor = _keys(_visitor(), "*112345679")
    assert _keys(visitor, "3").state.screen is Screen.IDENTIFY  # that is not my number
    assert _keys(visitor, "1").state.typed == "1"
    assert _keys(visitor, "2345678").state.draft.document.number == "12345678"


def test_the_pad_leads_back_from_where_only_letters_help() -> None:
    assert _keys(_visitor(), "*2").state.screen is Screen.ASK
    assert _keys(_visitor(), "*2#").state.screen is Screen.WELCOME


def test_the_keys_answer_the_question_whether_somebody_is_there() -> None:
    visitor = _visitor().to(Screen.SERVICE).wait(70)
    assert visitor.state.asks_still_there
    _keys(visitor, "1")
    assert (visitor.state.asks_still_there, visitor.state.screen) == (False, Screen.SERVICE)


@pytest.mark.parametrize("key", ["0", "9", "ñ", "²", "x"])
def test_a_key_without_a_meaning_does_nothing(key: str) -> None:
    visitor = _visitor()
    before = visitor.state
    _keys(visitor, key)
    assert replace(visitor.state, scanning=None) == before


@pytest.mark.parametrize("screen", [screen for screen in Screen if screen is not Screen.OUT_OF_SERVICE])
def test_there_is_a_way_on_from_every_page(screen: Screen) -> None:
    state = replace(_visitor().state, screen=screen)
    assert menu(state)
    assert Micros(0) < state.now
