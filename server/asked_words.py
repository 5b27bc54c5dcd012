"""What the centre asks of an office, and what came of it, in Spanish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from domain.asked import AccountAsked, SetUpAsked, account_parts, asked_parts, changes
from domain.messages import from_json

if TYPE_CHECKING:
    import gettext
    from collections.abc import Iterable, Mapping

    from domain.asked import Asked, Kept
    from domain.clock import Micros
    from server.store.asked import Standing


@dataclass(frozen=True, slots=True)
class View:
    """What a page of the centre says of a request: nothing (``asked_at`` None), that it waits, or what came of it.

    ``parts`` are asked for, ``kept`` says what the office left as it is. ``silent_since`` is since when the office is
    not heard, None while it is.
    """

    asked_at: Micros | None = None
    by: str = ""
    parts: str = ""
    answered_at: Micros | None = None
    is_done: bool = False
    kept: tuple[str, ...] = ()
    silent_since: Micros | None = None

    @property
    def is_open(self) -> bool:
        """Whether the office has still to answer."""
        return self.asked_at is not None and self.answered_at is None


def view_of(found: Standing | None, silent_since: Micros | None, texts: gettext.NullTranslations) -> View:
    """A request in words."""
    if found is None:
        return View(silent_since=silent_since)
    told = found.asked
    names, services = _asked_for(told)
    parts = of_parts(texts, names, services)
    kept = tuple(of_refusal(texts, one, services) for one in found.kept)
    return View(found.asked_at, told.by, parts, found.answered_at, found.is_done, kept, silent_since)


def _asked_for(told: Asked) -> tuple[tuple[str, ...], dict[str, str]]:
    """The parts that are asked for, and the names of the services that may be among them."""
    match told.kind:
        case "set_up":
            body = from_json(bytes(told.body), SetUpAsked)
            services = (*body.wanted.office.services, *body.base.office.services)
            return changes(body), {one.code: one.name for one in services}
        case "account":
            asked = from_json(bytes(told.body), AccountAsked)
            base = {} if asked.base is None else account_parts(asked.base)
            return tuple(asked_parts(base, account_parts(asked.wanted))), {}
        case _:
            return (told.kind,), {}


def of_part(texts: gettext.NullTranslations, part: str, services: Mapping[str, str] | None = None) -> str:
    """What a part (`domain.asked.parts`, `domain.asked.account_parts`) is called.

    ``services`` are the names of services by their codes, as far as they are known.
    """
    kind, _, name = part.partition(".")
    match kind:
        case "closure":
            return texts.gettext("asked.closure") % {"day": _day(name)}
        case "service":
            return texts.gettext("asked.service") % {"code": (services or {}).get(name, name)}
        case "notice":
            return texts.gettext("asked.notice") % {"words": name.partition(" ")[2]}
        case _:
            return _known(texts).get(part, part)


def _day(text: str) -> str:
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:  # an office's word
        return text


def _known(texts: gettext.NullTranslations) -> dict[str, str]:
    return {
        "hours": texts.gettext("hours.week"),
        "order": texts.gettext("asked.order"),
        "office.entity": texts.gettext("field.entity"),
        "office.entity_short": texts.gettext("field.entity_short"),
        "office.name": texts.gettext("field.office_name"),
        "office.address": texts.gettext("field.office_address"),
        "office.virtual_desk": texts.gettext("field.virtual_url"),
        "office.complaints_url": texts.gettext("field.complaints_url"),
        "office.privacy": texts.gettext("field.privacy_contact"),
        "rules.ordinary_alert_min": texts.gettext("field.ordinary_alert_min"),
        "rules.let_pass": texts.gettext("field.let_pass"),
        "rules.languages": texts.gettext("rules.languages"),
        "role": texts.gettext("field.role"),
        "lists": texts.gettext("users.serves"),
        "is_disabled": texts.gettext("asked.is_disabled"),
        "password": texts.gettext("field.password"),
        "machine": texts.gettext("asked.machine"),
    }


def of_parts(texts: gettext.NullTranslations, names: Iterable[str], services: Mapping[str, str] | None = None) -> str:
    """Several parts."""
    return ", ".join(of_part(texts, name, services) for name in names)


def of_refusal(texts: gettext.NullTranslations, kept: Kept, services: Mapping[str, str] | None = None) -> str:
    """What was left as it is, and why."""
    known = {
        "changed_meanwhile": texts.gettext("kept.changed_meanwhile"),
        "service_awaited": texts.gettext("kept.service_awaited"),
        "service_listed": texts.gettext("kept.service_listed"),
        "service_gone": texts.gettext("kept.service_gone"),
        "last_service": texts.gettext("kept.last_service"),
        "last_administrator": texts.gettext("kept.last_administrator"),
        "name_taken": texts.gettext("kept.name_taken"),
        "no_account": texts.gettext("kept.no_account"),
        "no_machine": texts.gettext("kept.no_machine"),
        "other_machine": texts.gettext("kept.other_machine"),
        "not_opened": texts.gettext("kept.not_opened"),
        "too_many": texts.gettext("kept.too_many"),
    }
    why = known.get(kept.why) or texts.gettext("kept.not_understood")
    return f"{of_part(texts, kept.part, services)}: {why}" if kept.part else why
