"""/admin/services: what people come for, as kiosks offer it and clerks see it."""

import dataclasses
import re
import unicodedata
from collections.abc import Mapping
from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from msgspec.structs import replace
from sqlalchemy import Connection

from domain.clock import in_lima
from domain.office import Office, QueueRules, Service
from server.faults import Refusal
from server.store.staff import who_serves
from server.store.unfinished import need_service
from server.store.writer import Transaction
from server.web.admin.forms import Refused, Sheet, Stale, Typed, sheet_of
from server.web.admin.setting import Form, Setting, SetUpNow

HOME = "/admin/services"
MOST_SERVICES = 24
MOST_REQUIREMENTS = 12
LONGEST_REQUIREMENT = 100
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class Gone(Exception):  # noqa: N818 an answer, not a failure
    """The service was taken away since its form was shown."""


def service_values(service: Service) -> Mapping[str, str]:
    """A service, as its form shows it."""
    return {
        "service_name": service.name,
        "service_hint": service.hint,
        "service_requirements": "\n".join(service.requirements),
        "is_filing": "on" if service.is_filing else "",
    }


def order_part(office: Office, _rules: QueueRules) -> Mapping[str, str]:
    """In which order the services are offered."""
    return {"service_order": ", ".join(service.code for service in office.services)}


def code_of(name: str) -> str:
    """A code made from a service's name: small letters, digits and hyphens, at most 32; empty if it has none."""
    plain = unicodedata.normalize("NFD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-")


def services_page(setting: Setting, refused: Refused | None = None) -> Template:
    """The list, with the form of a new service as it was typed."""
    office, rules = setting.now()
    context = {
        "services": office.services,
        "form": refused.sheet if refused and refused.sheet.values else Sheet({"is_filing": "on"}),
        "order": sheet_of(order_part(office, rules)),
    }
    return setting.page("admin_services.html", "services", refused, **context)


def service_page(setting: Setting, code: str, refused: Refused | None = None) -> Template:
    """One service's page.

    Raises:
        Refusal: 404, there is none of that code.
    """
    service = setting.now()[0].service(code)
    if service is None:
        raise Refusal(404, "service_gone")
    form = refused.sheet if refused else sheet_of(service_values(service))
    return setting.page("admin_service.html", "services", refused, service=service, form=form)


@get("/services", sync_to_thread=True)
def show(setting: NamedDependency[Setting]) -> Template:
    """The services in their order."""
    return services_page(setting)


@get("/services/{code:str}", sync_to_thread=True)
def show_one(setting: NamedDependency[Setting], code: FromPath[str]) -> Template:
    """A service, to be changed or taken away."""
    return service_page(setting, code)


@post("/services", status_code=200, sync_to_thread=True)
def add(setting: NamedDependency[Setting], data: Form) -> Response[Any]:
    """Adds a service behind the others. Its code is for ever: it stands in events, reports and clerks' lists."""
    typed = Typed(data)

    def act() -> str:
        code = typed.line("service_code", most=32) or code_of(data.get("service_name", ""))
        service = _read(typed, code)
        if not _CODE.fullmatch(code):
            typed.refuse("service_code" if code or not service.name else "service_name", "bad_code")

        def change(office: Office, rules: QueueRules) -> SetUpNow:
            if service in office.services:
                return office, rules
            if office.service(code) is not None:
                typed.refuse("service_code", "code_taken")
            if len(office.services) >= MOST_SERVICES:
                typed.refuse("service_name", "too_many_services", str(MOST_SERVICES))
            return replace(office, services=(*office.services, service)), rules

        setting.change(typed, change, action="service.added", subject=code, detail=service.name)
        return "added"

    return setting.settle(typed, act, partial(services_page, setting), HOME)


@post("/services/{code:str}", status_code=200, sync_to_thread=True)
def save(setting: NamedDependency[Setting], code: FromPath[str], data: Form) -> Response[Any]:
    """Changes a service. If it was taken away meanwhile, what was typed stands ready to be added anew."""
    typed = Typed(data)

    def part(office: Office, _rules: QueueRules) -> Mapping[str, str]:
        return service_values(_find(office, code))

    def change(office: Office, rules: QueueRules) -> SetUpNow:
        found, service = _find(office, code), _read(typed, code)
        services = tuple(service if one is found else one for one in office.services)
        return replace(office, services=services), rules

    def act() -> str:
        _read(typed, code)
        setting.change(typed, change, part=part, action="service.changed", subject=code)
        return "changed"

    try:
        return setting.settle(typed, act, partial(service_page, setting, code), HOME)
    except Gone:
        again = Sheet(typed.shown | {"service_code": code if _CODE.fullmatch(code) else ""})
        return services_page(setting, Refused(again, 409, setting.explainer.message(Refusal(409, "service_gone"))))


@post("/services/{code:str}/{step:str}", status_code=200, sync_to_thread=True)
def move(setting: NamedDependency[Setting], code: FromPath[str], step: FromPath[str], data: Form) -> Response[Any]:
    """Offers a service before the one above it or after the one below; or takes it away."""
    if step == "remove":
        return _remove(setting, code, data)
    if step not in {"up", "down"}:
        raise Refusal(404, "not_found")
    typed = Typed(data)

    def change(office: Office, rules: QueueRules) -> SetUpNow:
        services = list(office.services)
        at = next((place for place, one in enumerate(services) if one.code == code), None)
        to = -1 if at is None else at + (1 if step == "down" else -1)
        if at is None or not 0 <= to < len(services):
            return office, rules
        services[at], services[to] = services[to], services[at]
        return replace(office, services=tuple(services)), rules

    def act() -> str:
        setting.change(typed, change, part=order_part, action="service.ordered", subject=code)
        return "ordered"

    def page(refused: Refused) -> Template:
        return services_page(setting, dataclasses.replace(refused, sheet=Sheet({})))

    return setting.settle(typed, act, page, HOME)


def _remove(setting: Setting, code: str, data: Mapping[str, str]) -> Response[Any]:
    """Takes a service away, unless it is the last one, somebody waits for it, or it is on a clerk's list."""
    typed = Typed(data)

    def unit(transaction: Transaction) -> None:
        office, rules = setting.saved(transaction.connection, to_change=True)
        service = office.service(code)
        if service is None:
            return
        if not typed.is_fresh(service_values(service)):
            raise Stale(service_values(service))
        _may_go(setting, transaction.connection, office, code)
        kept = tuple(one for one in office.services if one is not service)
        setting.save(transaction, replace(office, services=kept), rules)
        setting.person.note(transaction, "service.removed", code, service.name)

    def act() -> str:
        setting.do(unit)
        return "removed"

    def page(refused: Refused) -> Template:
        service = setting.now()[0].service(code)
        if service is None:
            return services_page(setting, dataclasses.replace(refused, sheet=Sheet({})))
        return service_page(setting, code, dataclasses.replace(refused, sheet=sheet_of(service_values(service))))

    return setting.settle(typed, act, page, HOME)


def _may_go(setting: Setting, connection: Connection, office: Office, code: str) -> None:
    if len(office.services) == 1:
        raise Refusal(409, "last_service")
    if setting.is_elsewhere:  # who waits there and on whose list it is, the office itself knows
        return
    today = in_lima(setting.person.clock.now()).date()
    if need_service(connection, office.id, today, code):
        raise Refusal(409, "service_awaited")
    serving = who_serves(connection, code)
    if serving:
        raise Refusal(409, "service_listed", who=", ".join(serving[:5]))


def _find(office: Office, code: str) -> Service:
    found = office.service(code)
    if found is None:
        raise Gone
    return found


def _read(typed: Typed, code: str) -> Service:
    return Service(
        code,
        typed.line("service_name", most=60, required=True),
        typed.line("service_hint", most=80),
        typed.lines("service_requirements", most=LONGEST_REQUIREMENT, most_lines=MOST_REQUIREMENTS),
        typed.ticked("is_filing"),
    )


PAGES = [show, show_one, add, save, move]
