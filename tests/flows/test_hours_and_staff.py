"""Closed, extended, out of service; the staff's page, and who does not get there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import msgspec

from domain.calendar import Attention, Hours, SpecialDay
from domain.clock import Micros, micros
from kiosk.flow import events as happened
from kiosk.flow.contents import contents
from kiosk.flow.effects import CheckPin, DoForStaff, StaffAction
from kiosk.flow.said import Said
from kiosk.flow.state import Problem, Screen, State
from tests.flows.visitor import TICKET, Visitor
from tests.samples import OFFICE

AFTER_HOURS = micros(datetime(2026, 11, 23, 22, 0, tzinfo=UTC))
"""17:00 in Lima."""


def _closed(now: Micros = AFTER_HOURS, hours: Hours | None = None) -> Visitor:
    return Visitor(State(office=msgspec.structs.replace(OFFICE, hours=hours or Hours()), now_s=0.0, now=now))


def _staff(visitor: Visitor) -> Visitor:
    visitor.do(happened.StaffKnocked()).type("2580").do(happened.Continued(), happened.PinChecked(None))
    assert visitor.state.screen is Screen.STAFF
    return visitor


def test_a_decreed_day_is_closed() -> None:
    morning = micros(datetime(2026, 11, 24, 15, 0, tzinfo=UTC))
    hours = Hours(special_days=(SpecialDay(date(2026, 11, 24), "Duelo nacional"),))
    visitor = _closed(morning, hours).do(happened.Begun())
    assert visitor.state.screen is Screen.CLOSED
    assert visitor.state.office.hours.next_opening(morning).date() == date(2026, 11, 25)


def test_a_short_day_says_until_when_and_ends_then() -> None:
    noon = micros(datetime(2026, 11, 24, 17, 0, tzinfo=UTC))
    short = SpecialDay(date(2026, 11, 24), "Aniversario", Attention.SHORT, time(13))
    hours = Hours(special_days=(short, SpecialDay(date(2026, 11, 25))))
    state = _closed(noon, hours).state
    assert Said("voice.open_until", {"time": "13"}) in list(contents(state))
    shut = replace(state, now=Micros(noon + 3_600_000_000))
    assert Visitor(shut).do(happened.Begun()).state.screen is Screen.CLOSED
    opening = shut.office.hours.next_opening(shut.now)
    closed = list(contents(replace(shut, screen=Screen.CLOSED)))
    assert Said("voice.opens", {"day": opening, "time": "8"}) in closed
    assert opening.date() == date(2026, 11, 26)


def test_nothing_is_scanned_at_night() -> None:
    assert _closed().do(happened.Touched()).effects == []


def test_staff_can_go_on_for_those_in_line() -> None:
    visitor = _staff(_closed()).do(happened.StaffChose(StaffAction.EXTEND), happened.Left())
    assert visitor.state.is_open
    assert visitor.do(happened.Begun()).state.screen is Screen.IDENTIFY
    visitor.do(happened.Left()).wait(15 * 60 + 1)
    assert not visitor.state.is_open


def test_a_closure_that_comes_during_a_visit_does_not_end_it() -> None:
    visitor = Visitor().to(Screen.REVIEW)
    shut = msgspec.structs.replace(OFFICE, hours=Hours(special_days=(SpecialDay(date(2026, 11, 23)),)))
    visitor.do(happened.OfficeChanged(shut), happened.Continued(), happened.Issued(TICKET))
    assert visitor.state.screen is Screen.TICKET
    assert visitor.do(happened.Left(), happened.Begun()).state.screen is Screen.CLOSED


def test_the_pin_is_checked_elsewhere_and_never_kept() -> None:
    visitor = Visitor().do(happened.StaffKnocked()).type("2580").do(happened.Continued())
    assert visitor.wanted == [CheckPin("2580")]
    visitor.do(happened.PinChecked(Problem.PIN_WRONG))
    assert (visitor.state.screen, visitor.state.problem, visitor.state.typed) == (Screen.PIN, Problem.PIN_WRONG, "")
    assert "2580" not in repr(visitor.effects)
    visitor.type("1234").do(happened.Continued(), happened.PinChecked(None))
    assert visitor.state.typed == ""
    assert visitor.wanted[-1] == DoForStaff(StaffAction.DIAGNOSE)


def test_the_gesture_ends_nobodys_visit() -> None:
    assert Visitor().to(Screen.DESCRIBE).do(happened.StaffKnocked()).state.screen is Screen.DESCRIBE


def test_nothing_of_the_staff_without_a_pin() -> None:
    visitor = Visitor().do(*(happened.StaffChose(action) for action in StaffAction), happened.PinChecked(None))
    assert (visitor.state.screen, visitor.wanted, visitor.state.is_out) == (Screen.WELCOME, [], False)


def test_out_of_service_and_back() -> None:
    visitor = _staff(Visitor()).do(happened.StaffChose(StaffAction.OUT_OF_SERVICE), happened.Left())
    assert visitor.state.screen is Screen.OUT_OF_SERVICE
    assert visitor.do(happened.Begun()).state.screen is Screen.OUT_OF_SERVICE
    _staff(visitor).do(happened.StaffChose(StaffAction.IN_SERVICE), happened.Left())
    assert visitor.state.screen is Screen.WELCOME


def test_out_of_service_from_elsewhere_lets_a_visit_end() -> None:
    visitor = Visitor().to(Screen.REVIEW).do(happened.ServiceSwitched(is_out=True), happened.Continued())
    visitor.do(happened.Issued(TICKET))
    assert visitor.state.screen is Screen.TICKET
    assert visitor.do(happened.Left()).state.screen is Screen.OUT_OF_SERVICE


def test_without_a_series_nobody_is_let_in_until_there_is_one() -> None:
    visitor = Visitor().do(happened.LanguageChosen("es"), happened.NumbersSwitched(are_given=False))
    assert visitor.state.screen is Screen.OUT_OF_SERVICE
    assert visitor.do(happened.Begun()).state.screen is Screen.OUT_OF_SERVICE
    _staff(visitor).do(happened.StaffChose(StaffAction.IN_SERVICE), happened.Left())
    assert visitor.state.screen is Screen.OUT_OF_SERVICE  # no button of the staff's makes a series
    visitor.do(happened.ServiceSwitched(is_out=True), happened.NumbersSwitched(are_given=True))
    assert visitor.state.screen is Screen.OUT_OF_SERVICE  # nor does a series undo what staff did
    assert visitor.do(happened.ServiceSwitched(is_out=False)).state.screen is Screen.WELCOME


def test_who_is_in_the_middle_of_it_is_told_and_loses_nothing_that_was_said() -> None:
    visitor = Visitor().to(Screen.REVIEW).do(happened.Continued(), happened.NumbersSwitched(are_given=False))
    visitor.do(happened.NotSaved())
    assert (visitor.state.screen, visitor.state.problem) == (Screen.REVIEW, Problem.NOT_SAVED)
    visitor.do(happened.NumbersSwitched(are_given=True), happened.Continued(), happened.Issued(TICKET))
    assert visitor.state.screen is Screen.TICKET
    assert visitor.do(happened.Left()).state.screen is Screen.WELCOME


def test_that_there_is_a_series_disturbs_nobody_at_the_first_page() -> None:
    english = Visitor(replace(Visitor().state, languages=("es", "en"))).do(happened.LanguageChosen("en"))
    assert english.do(happened.NumbersSwitched(are_given=True)).state.language == "en"


def test_out_of_service_by_the_offices_order_lets_a_visit_end_and_staff_cannot_undo_it() -> None:
    order = happened.Ordered(out_of_service=True, message="Pase a la sala B")
    visitor = Visitor().to(Screen.REVIEW).do(order, happened.Continued(), happened.Issued(TICKET))
    assert visitor.state.screen is Screen.TICKET
    assert visitor.do(happened.Left()).state.screen is Screen.OUT_OF_SERVICE
    assert visitor.state.message == "Pase a la sala B"
    _staff(visitor).do(happened.StaffChose(StaffAction.IN_SERVICE), happened.Left())
    assert visitor.state.screen is Screen.OUT_OF_SERVICE
    visitor.do(happened.Ordered(out_of_service=False, message="Hoy hasta las 13:00"))
    assert (visitor.state.screen, visitor.state.message) == (Screen.WELCOME, "Hoy hasta las 13:00")


def test_the_staffs_page_closes_by_itself() -> None:
    assert _staff(Visitor()).wait(121).state.screen is Screen.WELCOME
