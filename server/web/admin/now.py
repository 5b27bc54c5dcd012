"""The office as it is now: a page that stays open on the supervisor's screen and follows what happens."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Template

from server.hub import Hub
from server.overview import Overlooker
from server.store.versions import desk_topic
from server.web.admin.person import Person


@get("/", sync_to_thread=True)
def now(
    person: NamedDependency[Person], overlooker: NamedDependency[Overlooker], hub: NamedDependency[Hub]
) -> Template:
    """Who waits, who works, what needs somebody."""
    office = person.clerk.office
    topic = desk_topic(office)
    version = hub.version(topic)  # before the state, so that nothing falls between
    context: dict[str, Any] = {"view": overlooker.look(office), "topic": topic, "version": version}
    if "x-fragment" in person.request.headers:
        return person.page("_now_live.html", "now", **context)
    return person.page("admin_now.html", "now", boards=overlooker.boards(office), **context)


PAGES = [now]
