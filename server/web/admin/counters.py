"""/admin/counters: the counters that the office has."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from domain.clock import in_lima
from server.door import Door, counter_number
from server.faults import Refusal
from server.store.accounts import clerk_at
from server.store.counters import Place, add_counter, counters, label_counter, remove_counter
from server.store.unfinished import need_counter
from server.store.writer import Transaction
from server.web.admin.forms import Refused, Sheet, Stale, Typed, differences, sheet_of
from server.web.admin.setting import Form, Setting

HOME = "/admin/counters"
LONGEST_LABEL = 40


def label_part(place: Place) -> Mapping[str, str]:
    """A counter, as its form shows it."""
    return {"counter_label": place.label}


def counters_page(setting: Setting, door: Door, number: str = "", refused: Refused | None = None) -> Template:
    """The page, with the form of counter ``number`` (empty: of a new one) as it was typed."""
    with setting.read.connect() as connection:
        places = counters(connection, setting.office_id)
    forms = {place.number: sheet_of(label_part(place)) for place in places} | {"": Sheet({})}
    if refused is not None:
        forms[number] = refused.sheet
    there = {clerk.counter: clerk for clerk in door.at_counters(setting.office_id)}
    strangers = sorted(set(there) - {place.number for place in places}, key=int) if places else []
    context = {"places": places, "forms": forms, "there": there, "strangers": strangers}
    return setting.page("admin_counters.html", "counters", refused, **context)


@get("/counters", sync_to_thread=True)
def show(setting: NamedDependency[Setting], door: NamedDependency[Door]) -> Template:
    """The counters, and who is there now."""
    return counters_page(setting, door)


@post("/counters", status_code=200, sync_to_thread=True)
def add(setting: NamedDependency[Setting], door: NamedDependency[Door], data: Form) -> Response[Any]:
    """Adds a counter. The first one ends that any number is one."""
    typed = Typed(data)

    def act() -> str:
        number = counter_number(typed.line("counter", most=4))
        place = Place(number or "", typed.line("counter_label", most=LONGEST_LABEL))
        if number is None:
            typed.refuse("counter", "bad_counter")
        typed.check()

        def unit(transaction: Transaction) -> None:
            there = counters(transaction.connection, setting.office_id)
            if place in there:
                return
            if any(other.number == place.number for other in there):
                typed.refuse("counter", "counter_taken")
                typed.check()
            add_counter(transaction.connection, setting.office_id, place)
            setting.person.note(transaction, "counter.added", place.number, place.label)
            setting.set_up(transaction)

        setting.do(unit)
        return "added"

    return setting.settle(typed, act, partial(counters_page, setting, door, ""), HOME)


@post("/counters/{number:str}", status_code=200, sync_to_thread=True)
def rename(
    setting: NamedDependency[Setting], door: NamedDependency[Door], number: FromPath[str], data: Form
) -> Response[Any]:
    """Calls a counter otherwise."""
    typed = Typed(data)

    def act() -> str:
        place = Place(number, typed.line("counter_label", most=LONGEST_LABEL))
        typed.check()

        def unit(transaction: Transaction) -> None:
            before = _existing(transaction, setting.office_id, number)
            if before == place:
                return
            if not typed.is_fresh(label_part(before)):
                raise Stale(label_part(before))
            label_counter(transaction.connection, setting.office_id, place)
            changed = differences(label_part(before), label_part(place), setting.label)
            setting.person.note(transaction, "counter.renamed", number, changed)
            setting.set_up(transaction)

        setting.do(unit)
        return "renamed"

    return setting.settle(typed, act, partial(counters_page, setting, door, number), HOME)


@post("/counters/{number:str}/remove", status_code=200, sync_to_thread=True)
def remove(
    setting: NamedDependency[Setting], door: NamedDependency[Door], number: FromPath[str], data: Form
) -> Response[Any]:
    """Takes a counter away, unless somebody sits there or a turn needs it; one that is not there stays away."""

    def unit(transaction: Transaction) -> None:
        connection, office = transaction.connection, setting.office_id
        if number not in {place.number for place in counters(connection, office)}:
            return
        today = in_lima(setting.person.clock.now()).date()
        if any(clerk.counter == number for clerk in door.at_counters(office)):
            raise Refusal(409, "counter_in_use", counter=number, who=clerk_at(connection, office, number) or "")
        if need_counter(connection, office, today, number):
            raise Refusal(409, "counter_needed", counter=number)
        remove_counter(connection, office, number)
        setting.person.note(transaction, "counter.removed", number)
        setting.set_up(transaction)

    def act() -> str:
        setting.do(unit)
        return "removed"

    def page(refused: Refused) -> Template:
        return counters_page(setting, door, "", replace(refused, sheet=Sheet({})))

    return setting.settle(Typed(data), act, page, HOME)


def _existing(transaction: Transaction, office: str, number: str) -> Place:
    found = next((one for one in counters(transaction.connection, office) if one.number == number), None)
    if found is None:
        raise Refusal(404, "counter_gone", counter=number[:8])
    return found


PAGES = [show, add, rename, remove]
