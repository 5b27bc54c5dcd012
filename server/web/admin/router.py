"""The administration pages' addresses, as a list."""

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.response import Template

from server.faults import Refusal
from server.web.admin import boards, notices, slides
from server.web.admin.hall import hall
from server.web.admin.person import Person, person
from server.web.desk import signed_out
from server.web.headers import same_origin


@get("/", sync_to_thread=False)
def now(person: NamedDependency[Person]) -> Template:
    """The office as it is now."""
    return person.page("admin_now.html", "now")


PAGES = [now, *boards.PAGES, *notices.PAGES, *slides.PAGES]


def router() -> Router:
    """The pages under /admin."""
    return Router(
        "/admin",
        route_handlers=PAGES,
        guards=[same_origin],
        include_in_schema=False,
        exception_handlers={Refusal: signed_out},
        dependencies={"person": Provide(person, sync_to_thread=True), "hall": Provide(hall, sync_to_thread=False)},
    )
