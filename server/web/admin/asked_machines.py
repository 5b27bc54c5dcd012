"""/admin/of/OFFICE/machines: the machines of an office that has a server of its own; it is asked to revoke one."""

from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from domain.asked import MACHINE
from server.asked_words import view_of
from server.asking import machines_of
from server.store.asked import standings
from server.store.writer import Transaction
from server.web.admin.forms import Refused, Typed
from server.web.admin.machines import HOME
from server.web.admin.setting import Form, Setting


def machines_page(setting: Setting, refused: Refused | None = None) -> Template:
    """The machines that may speak there, and what is asked of them."""
    with setting.read.connect() as connection:
        there = machines_of(connection, setting.office_id)
        found = standings(connection, setting.office_id, MACHINE)
    asked = setting.person.request.query_params.get("revoke", "")
    leaving = next((one for one in there if one.name == asked), None)
    views = {name: view_of(one, None, setting.explainer.texts) for name, one in found.items()}
    return setting.page(
        "admin_asked_machines.html",
        "machines",
        refused,
        machines=there,
        leaving=leaving,
        views=views,
        asked=setting.asked(MACHINE),
    )


@get("/machines", sync_to_thread=True)
def show(setting: NamedDependency[Setting]) -> Template:
    """Every machine of the office, as far as it told of them."""
    return machines_page(setting)


@post("/machines/{name:str}/revoke", status_code=200, sync_to_thread=True)
def revoke(setting: NamedDependency[Setting], name: FromPath[str], data: Form) -> Response[Any]:
    """Asks that a machine speak no more; one that does not any more stays so."""

    def unit(transaction: Transaction) -> None:
        asker, connection, office = setting.asker(transaction), transaction.connection, setting.office_id
        one = next((one for one in machines_of(connection, office) if one.name == name), None)
        former = standings(connection, office, MACHINE).get(name)
        if one is None or (former is not None and former.is_open):
            return
        asker.machine(one)
        setting.person.note(transaction, "machine.revoked", name)

    def act() -> str:
        setting.do(unit)
        return "asked"

    return setting.settle(Typed(data), act, partial(machines_page, setting), HOME)


PAGES = [show, revoke]
