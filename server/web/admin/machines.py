"""/admin/machines: which machines may speak; a code for a new one, and an end for one that was lost."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from domain.clock import Micros
from server.codes import Enroller, MadeCode, is_machine_name
from server.door import counter_number
from server.enrolment import Registry
from server.store.accounts import Role
from server.store.codes import Wanted
from server.store.kiosks import is_of, machines
from server.store.writer import Transaction
from server.web.admin.forms import Refused, Sheet, Typed
from server.web.admin.setting import Form, Setting

HOME = "/admin/machines"
LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class Shown:
    """A code that was just made, for once. ``url`` is where the machine finds this server."""

    name: str
    code: str = field(repr=False)
    expires_at: Micros
    url: str


def machines_page(setting: Setting, refused: Refused | None = None, *, made: Shown | None = None) -> Template:
    """The list, with the form of a new machine as it was typed."""
    with setting.read.connect() as connection:
        there = machines(connection, setting.office_id)
    asked = setting.person.request.query_params.get("revoke", "")
    leaving = next((one for one in there if one.name == asked), None)
    typed = refused.sheet if refused is not None and refused.sheet.values else Sheet({"machine_kind": "kiosk"})
    return setting.page(
        "admin_machines.html", "machines", refused, machines=there, form=typed, made=made, leaving=leaving
    )


@get("/machines", sync_to_thread=True)
def show(setting: NamedDependency[Setting]) -> Template:
    """Every machine that may speak."""
    setting.person.require(Role.ADMINISTRATOR)
    return machines_page(setting)


@post("/machines", status_code=200, sync_to_thread=True)
def enrol(
    setting: NamedDependency[Setting], enroller: NamedDependency[Enroller], data: Form
) -> Response[Any] | Template:
    """Makes a code for a machine, which is shown once."""
    setting.person.require(Role.ADMINISTRATOR)
    typed = Typed(data)
    made: list[MadeCode] = []
    name = typed.line("machine_name", most=LONGEST_NAME, required=True)

    def act() -> str:
        wanted = _wanted(setting, typed, name)
        typed.check()

        def unit(transaction: Transaction) -> None:  # the last one that ran is the one that was committed
            made.append(enroller.make(transaction.connection, wanted, by=setting.person.clerk.name))
            setting.person.note(transaction, "machine.code", wanted.name, wanted.counter)

        setting.do(unit)
        return "made"

    answer = setting.settle(typed, act, partial(machines_page, setting), HOME)
    if answer.status_code != 303 or not made:  # noqa: PLR2004 HTTP
        return answer
    code = made[-1]
    return machines_page(setting, made=Shown(name, code.code.text, code.expires_at, enroller.public_url))


def _wanted(setting: Setting, typed: Typed, name: str) -> Wanted:
    if not is_machine_name(name):
        typed.refuse("machine_name", "bad_machine")
    counter = ""
    if typed.choice("machine_kind", ["kiosk", "counter"]) == "counter":
        counter = counter_number(typed.line("machine_counter", most=4)) or ""
        if not counter:
            typed.refuse("machine_counter", "bad_counter")
    return Wanted(name, setting.office_id, counter, replaces=typed.ticked("machine_replaces"))


@post("/machines/{name:str}/revoke", status_code=200, sync_to_thread=True)
def revoke(
    setting: NamedDependency[Setting], registry: NamedDependency[Registry], name: FromPath[str], data: Form
) -> Response[Any]:
    """Lets a machine speak no more; one that does not any more stays so."""
    setting.person.require(Role.ADMINISTRATOR)

    def unit(transaction: Transaction) -> None:
        if not is_of(transaction.connection, name, setting.office_id):
            return
        registry.revoke(transaction.connection, name, setting.person.clock.now())
        setting.person.note(transaction, "machine.revoked", name)
        setting.touch(transaction)

    def act() -> str:
        setting.do(unit)
        return "revoked"

    return setting.settle(Typed(data), act, partial(machines_page, setting), HOME)


PAGES = [show, enrol, revoke]
