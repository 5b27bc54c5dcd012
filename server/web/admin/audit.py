"""The audit log, for administrators. Whoever reads it stands in it, too."""

import gettext
import re
from datetime import timedelta
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream, Template

from domain.statistics import Days
from server.audit import AuditLog
from server.door import account_name
from server.exports import CSV_TYPE, csv_chunks
from server.history import History
from server.projection import start_of_day
from server.store.accounts import Role
from server.store.audit import Place, Sought
from server.store.writer import Writer
from server.web.admin.asked import asked_days, span_of
from server.web.admin.deeds import deed_words
from server.web.admin.person import Person
from server.web.admin.sheets import deed_columns, deed_row, download

USUAL_DAYS = 30
MOST_DAYS = 3660
"""The law wants two years at hand; here are ten."""
_ACTION = re.compile(r"[a-z_.]{1,64}")
_PLACE = re.compile(r"([0-9]{1,16})\.([0-9]{1,16})")


@get("/audit", sync_to_thread=True)
def show(
    person: NamedDependency[Person],
    audit_log: NamedDependency[AuditLog],
    history: NamedDependency[History],
    texts: NamedDependency[gettext.NullTranslations],
    writer: NamedDependency[Writer],
) -> Template:
    """A page of the log, the newest first."""
    person.require(Role.ADMINISTRATOR)
    days, sought = _sought(person, history)
    deeds, older = audit_log.page(sought, _place(person.request.query_params.get("before", "")))
    _note(person, writer, "audit.viewed", days, sought)
    context: dict[str, Any] = {
        "deeds": deeds,
        "older": None if older is None else f"{older[0]}.{older[1]}",
        "days": days,
        "sought": sought,
        "actors": audit_log.actors(),
        "words": deed_words(texts),
    }
    return person.page("admin_audit.html", "audit", **context)


@get("/audit.csv", sync_to_thread=True)
def as_csv(
    person: NamedDependency[Person],
    audit_log: NamedDependency[AuditLog],
    history: NamedDependency[History],
    texts: NamedDependency[gettext.NullTranslations],
    writer: NamedDependency[Writer],
) -> Stream:
    """All that was sought, sent as it is read."""
    person.require(Role.ADMINISTRATOR)
    days, sought = _sought(person, history)
    _note(person, writer, "audit.exported", days, sought)
    words = deed_words(texts)
    chunks = csv_chunks(deed_columns(texts), (deed_row(deed, words) for deed in audit_log.all(sought)))
    name = f"registro-{sought.office}-{days.first}-{days.last}.csv"
    return Stream(chunks, media_type=CSV_TYPE, headers=download(name))


def _sought(person: Person, history: History) -> tuple[Days, Sought]:
    """What the form asks for; a name that nobody can have finds nothing."""
    query = person.request.query_params
    days = asked_days(query, history.today(), most=MOST_DAYS, usual=USUAL_DAYS)
    actor, action = query.get("actor", "").strip(), query.get("action", "").strip()
    return days, Sought(
        office=person.clerk.office,
        since=start_of_day(days.first),
        until=start_of_day(days.last + timedelta(1)),
        actor=(account_name(actor) or "-") if actor else None,
        action=(action if _ACTION.fullmatch(action) else "-") if action else None,
    )


def _place(text: str) -> Place | None:
    found = _PLACE.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def _note(person: Person, writer: Writer, action: str, days: Days, sought: Sought) -> None:
    detail = " ".join(word for word in (span_of(days), sought.actor, sought.action) if word)
    writer.do(lambda transaction: person.note(transaction, action, "", detail))


PAGES = [show, as_csv]
