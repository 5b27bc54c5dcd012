"""What a centre asks of an office is merged part by part; what the office changed meanwhile stays."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.asked import AskAnswered, Kept, Merged, SetUpAsked, asked_parts, changes, fits, merged, three_way
from domain.calendar import Hours, SpecialDay
from domain.messages import CounterPlace, NoticeWords, OfficeSetUp, from_json
from domain.office import Office, QueueRules, Service, VirtualDesk

TAX, ASK, COPY = Service("tasa", "Pagar una tasa"), Service("consulta", "Consultar"), Service("copia", "Copias")
OFFICE = Office("tacna", "Entidad de prueba", "Mesa de partes", "http://127.0.0.1:8080", (TAX, ASK))
NOW = OfficeSetUp(OFFICE, QueueRules(), counters=(CounterPlace("1", ""),))
CHRISTMAS, NEW_YEAR = SpecialDay(date(2026, 12, 24), "Decreto"), SpecialDay(date(2026, 12, 31), "Inventario")
MOURNING = replace(CHRISTMAS, reason="Duelo")
WATER, PAINT = NoticeWords("Hoy no hay agua", None, None), NoticeWords("Pintamos la sala", date(2026, 12, 1), None)
MEANWHILE = "changed_meanwhile"


def with_hours(told: OfficeSetUp, **values: Any) -> OfficeSetUp:
    return replace(told, office=replace(told.office, hours=replace(told.office.hours, **values)))


def with_services(told: OfficeSetUp, *services: Service) -> OfficeSetUp:
    return replace(told, office=replace(told.office, services=services))


def named(told: OfficeSetUp, name: str) -> OfficeSetUp:
    return replace(told, office=replace(told.office, name=name))


def merge(now: OfficeSetUp, wanted: OfficeSetUp, base: OfficeSetUp = NOW, **more: Any) -> Merged:
    return merged(now, SetUpAsked(base, wanted), **more)


def test_what_is_wanted_is_done_where_nobody_else_changed_anything() -> None:
    wanted = with_hours(with_services(named(NOW, "Otra"), TAX, ASK, COPY), opens=time(9), special_days=(CHRISTMAS,))
    wanted = replace(wanted, rules=QueueRules(55, 1, ("es", "qu")), notices=(WATER,))
    wanted = replace(wanted, office=replace(wanted.office, virtual_desk=VirtualDesk("https://ejemplo.gob.pe")))
    found = merge(NOW, wanted)
    assert (found.set_up, found.kept) == (wanted, ())
    assert {"office.name", "office.virtual_desk", "hours", "closure.2026-12-24", "service.copia"} <= set(found.changed)
    assert merge(wanted, wanted) == Merged(wanted, (), ())  # delivered twice


def test_two_who_change_different_parts_both_get_what_they_want() -> None:
    here = with_hours(with_services(NOW, TAX, ASK, COPY), special_days=(CHRISTMAS,))
    here = replace(here, notices=(WATER,))
    wanted = replace(with_hours(NOW, closes=time(17), special_days=(NEW_YEAR,)), notices=(PAINT,))
    found = merge(here, wanted)
    assert found.kept == ()
    assert found.set_up.office.services == (TAX, ASK, COPY)
    assert found.set_up.office.hours == Hours(closes=time(17), special_days=(CHRISTMAS, NEW_YEAR))
    assert found.set_up.notices == (WATER, PAINT)


def test_the_offices_newer_word_stays_and_is_told() -> None:
    here = with_services(named(NOW, "De la oficina"), replace(TAX, name="Caja"), ASK)
    wanted = with_services(named(NOW, "De la central"), replace(TAX, hint="Ventanilla 3"), ASK)
    found = merge(here, with_hours(wanted, opens=time(9)))
    assert found.kept == (Kept("office.name", MEANWHILE), Kept("service.tasa", MEANWHILE))
    assert found.set_up == with_hours(here, opens=time(9))


@pytest.mark.parametrize(
    ("here", "wanted", "kept"),
    [
        (with_services(NOW, ASK), with_services(NOW, replace(TAX, name="Caja"), ASK), "service.tasa"),
        (with_services(NOW, replace(TAX, name="Caja"), ASK), with_services(NOW, ASK), "service.tasa"),
        (with_hours(NOW, special_days=(MOURNING,)), with_hours(NOW, special_days=(CHRISTMAS,)), "closure.2026-12-24"),
    ],
)  # fmt: skip
def test_taken_away_and_changed_do_not_meet(here: OfficeSetUp, wanted: OfficeSetUp, kept: str) -> None:
    assert merge(here, wanted) == Merged(here, (), (Kept(kept, MEANWHILE),))


def test_what_is_in_the_file_or_in_the_rooms_is_not_asked_for() -> None:
    other = replace(NOW.office, tracking_base_url="http://otra.pe", branches=())
    wanted = replace(NOW, office=other, counters=(), boards=())
    assert merge(NOW, wanted) == Merged(NOW, (), ())


def test_of_two_changes_in_a_row_the_last_wins_though_the_first_was_not_heard_of() -> None:
    first = SetUpAsked(NOW, named(with_hours(NOW, opens=time(9)), "Primera"))
    done = merged(NOW, first).set_up
    second = named(with_hours(NOW, opens=time(10)), "Primera")
    assert merge(done, second, last=first) == Merged(second, ("hours",), ())
    assert merge(done, NOW, last=first).set_up == NOW  # taken back
    assert merge(done, second).kept == (Kept("hours", MEANWHILE),)  # it is not the answer of a request that was heard


def test_what_the_office_changed_after_the_first_request_stays() -> None:
    first = SetUpAsked(NOW, with_hours(NOW, opens=time(9)))
    here = with_hours(NOW, opens=time(7))
    assert merge(here, with_hours(NOW, opens=time(10)), last=first).kept == (Kept("hours", MEANWHILE),)


def test_an_office_keeps_its_last_service_and_those_that_it_cannot_spare() -> None:
    wanted = with_services(NOW, ASK)
    assert merge(NOW, wanted, barred={"service.tasa": "service_awaited"}) == Merged(
        NOW, (), (Kept("service.tasa", "service_awaited"),)
    )
    one = with_services(NOW, TAX)
    assert merge(one, wanted) == Merged(one, (), (Kept("service.tasa", "last_service"),))


def test_the_order_is_merged_too() -> None:
    turned = with_services(NOW, ASK, TAX)
    assert merge(NOW, turned) == Merged(turned, ("order",), ())
    assert changes(SetUpAsked(NOW, turned)) == ("order",)
    more = with_services(NOW, COPY, TAX, ASK)  # what the centre has not seen stands last
    assert merge(more, turned).set_up.office.services == (ASK, TAX, COPY)
    three = with_services(NOW, TAX, ASK, COPY)
    here, wanted = with_services(NOW, TAX, COPY, ASK), with_services(NOW, COPY, ASK, TAX)
    assert merge(here, wanted, base=three).kept == (Kept("order", MEANWHILE),)
    assert merge(here, named(three, "Otra"), base=three).set_up == named(here, "Otra")


def test_a_value_that_is_nothing_is_not_one_that_is_absent() -> None:
    now, wanted = {"a": None}, {"a": 1}
    assert three_way(now, now, wanted).parts == wanted
    assert three_way(wanted, wanted, now).parts == now
    assert three_way({}, now, wanted).kept == (Kept("a", MEANWHILE),)


MANY = with_services(NOW, *(Service(f"s{n}", "x") for n in range(25)))


@pytest.mark.parametrize(
    "wrong",
    [
        named(NOW, "x" * 1001),
        named(NOW, "a\0b"),
        MANY,
        replace(NOW, notices=tuple(NoticeWords(f"{n}", None, None) for n in range(21))),
        replace(NOW, notices=(NoticeWords("x" * 257, None, None),)),
    ],
)
def test_what_no_form_lets_through_does_not_fit(wrong: OfficeSetUp) -> None:
    assert fits(NOW, NOW)
    assert not fits(wrong, NOW)


def test_what_an_offices_own_file_brought_fits() -> None:
    assert fits(MANY, MANY)


@pytest.mark.parametrize(
    "wrong", [b'"version":9e99', b'"version":0', b'"version":1,"kind":"a\\u0000"', b'"version":1,"subject":"A"']
)
def test_an_answer_that_no_table_holds_is_none(wrong: bytes) -> None:
    sound = b'{"kind":"account","subject":"ana","is_done":true,"version":7}'
    assert from_json(sound, AskAnswered).version == 7
    with pytest.raises(msgspec.ValidationError):
        from_json(sound.replace(b'"version":7', wrong), AskAnswered)


SIDE = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))


@given(SIDE, SIDE, SIDE)
def test_nothing_that_the_office_changed_meanwhile_is_ever_undone(
    now: dict[str, int], base: dict[str, int], wanted: dict[str, int]
) -> None:
    found = three_way(now, base, wanted)
    kept = {one.part for one in found.kept}
    for name in "abc":
        is_, was, want, then = (side.get(name) for side in (now, base, wanted, found.parts))
        assert then == (want if is_ == was else is_)
        assert (name in kept) == (was != want and is_ not in (was, want))
        assert (name in found.changed) == (then != is_)
    assert three_way(found.parts, base, wanted).changed == ()


@given(SIDE, SIDE, SIDE)
def test_the_last_of_two_requests_wins_whether_or_not_the_first_arrived(
    base: dict[str, int], first: dict[str, int], second: dict[str, int]
) -> None:
    done = three_way(base, base, first).parts
    assert three_way(done, base, second, last=asked_parts(base, first)).parts == second
    assert three_way(base, base, second, last=None).parts == second
