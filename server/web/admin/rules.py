"""/admin/rules: how the office calls, and what citizens are told of it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Template
from msgspec.structs import replace

from domain.calendar import FilingDay
from domain.office import Office, Privacy, QueueRules, VirtualDesk
from server.web.admin.forms import Refused, Typed, sheet_of
from server.web.admin.setting import Form, Setting, SetUpNow

HOME = "/admin/rules"
CHOSEN_LANGUAGES = ("en", "qu", "ay")
"""Beside Spanish, which is always there."""
MOST_DAYS_KEPT = 3650


def rules_part(_office: Office, rules: QueueRules) -> Mapping[str, str]:
    """The rules of the queue, as their form shows them."""
    languages = {f"language_{one}": "on" if one in rules.languages else "" for one in CHOSEN_LANGUAGES}
    return {"ordinary_alert_min": str(rules.ordinary_alert_min), "let_pass": str(rules.let_pass)} | languages


def office_part(office: Office, _rules: QueueRules) -> Mapping[str, str]:
    """The office, as its form shows it."""
    virtual = office.virtual_desk
    return {
        "entity": office.entity,
        "entity_short": office.entity_short,
        "office_name": office.name,
        "office_address": office.address,
        "privacy_contact": office.privacy.contact,
        "privacy_bank": office.privacy.bank,
        "days_kept": str(office.privacy.days_kept),
        "complaints_url": office.complaints_url,
        "virtual_url": virtual.url if virtual else "",
        "filing_day": (virtual.filing_day if virtual else FilingDay.BUSINESS_DAYS).value,
    }


def rules_page(setting: Setting, name: str = "", refused: Refused | None = None) -> Template:
    """The page, with the form ``name`` as it was typed."""
    now = setting.now()
    forms = {"rules": sheet_of(rules_part(*now)), "office": sheet_of(office_part(*now))}
    if refused is not None:
        forms[name] = refused.sheet
    return setting.page("admin_rules.html", "rules", refused, forms=forms)


@get("/rules", sync_to_thread=True)
def show(setting: NamedDependency[Setting]) -> Template:
    """The rules, and the office as citizens know it."""
    return rules_page(setting)


@post("/rules", status_code=200, sync_to_thread=True)
def save_rules(setting: NamedDependency[Setting], data: Form) -> Response[Any]:
    """Sets the rules of the queue."""
    typed = Typed(data)

    def act() -> str:
        rules = QueueRules(
            typed.number("ordinary_alert_min", 5, 240),
            typed.number("let_pass", 0, 5),
            ("es", *(one for one in CHOSEN_LANGUAGES if typed.ticked(f"language_{one}"))),
        )

        def change(office: Office, _rules: QueueRules) -> SetUpNow:
            return office, rules

        setting.change(typed, change, part=rules_part, action="office.rules")
        return "rules"

    return setting.settle(typed, act, partial(rules_page, setting, "rules"), HOME)


@post("/rules/office", status_code=200, sync_to_thread=True)
def save_office(setting: NamedDependency[Setting], data: Form) -> Response[Any]:
    """Sets what citizens are told of the office."""
    typed = Typed(data)

    def act() -> str:
        privacy = Privacy(
            typed.line("privacy_contact", most=120),
            typed.line("privacy_bank", most=120),
            typed.number("days_kept", 1, MOST_DAYS_KEPT),
        )
        url = typed.address("virtual_url")
        filing_day = FilingDay(typed.choice("filing_day", [one.value for one in FilingDay]))
        names = {
            "entity": typed.line("entity", most=100, required=True),
            "entity_short": typed.line("entity_short", most=20),
            "name": typed.line("office_name", most=80, required=True),
            "address": typed.line("office_address", most=120),
            "complaints_url": typed.address("complaints_url"),
        }
        virtual = VirtualDesk(url, filing_day) if url else None

        def change(office: Office, rules: QueueRules) -> SetUpNow:
            return replace(office, **names, privacy=privacy, virtual_desk=virtual), rules

        setting.change(typed, change, part=office_part, action="office.named")
        return "office"

    return setting.settle(typed, act, partial(rules_page, setting, "office"), HOME)


PAGES = [show, save_rules, save_office]
