"""The office as it is now: a page that stays open on the supervisor's screen and follows what happens."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Template

from server.hub import Hub
from server.offices import Offices
from server.overview import Overlooker
from server.store.accounts import Role
from server.store.versions import desk_topic
from server.web.admin.person import Person
from server.web.board import office_asked, shown_as
from server.web.desk import ordered_alerts
from server.web.pages import service_name


@get("/", sync_to_thread=True)
def now(
    person: NamedDependency[Person],
    overlooker: NamedDependency[Overlooker],
    hub: NamedDependency[Hub],
    offices: NamedDependency[Offices],
) -> Template:
    """Who waits, who works, what needs somebody; an administrator looks at every office that is known here."""
    is_chief = person.clerk.role.covers(Role.ADMINISTRATOR)
    office = office_asked(person.request, offices).id if is_chief else person.clerk.office
    choice = offices.known if is_chief else ()
    topic = desk_topic(office)
    version = hub.version(topic)  # before the state, so that nothing falls between
    view = overlooker.look(office)
    context: dict[str, Any] = {
        "view": view,
        "topic": topic,
        "version": version,
        "only_shown": False,
        "may_ask": is_chief,
        "ordered_alerts": ordered_alerts,
    }
    shown = offices.of(office)
    if shown is not None:
        context |= shown_as(shown, offices, view.at) | {
            "only_shown": not offices.called_here(office),
            "service_name": lambda code: service_name(shown, code),
        }
    if "x-fragment" in person.request.headers:
        return person.page("_now_live.html", "now", **context)
    context |= {"choice": choice if len(choice) > 1 else (), "chosen": office, "boards": overlooker.boards(office)}
    return person.page("admin_now.html", "now", **context)


PAGES = [now]
