"""The administration pages' addresses, as a list."""

from litestar import Router
from litestar.di import Provide

from server.faults import Refusal
from server.web.admin import audit, history, now
from server.web.admin.person import person
from server.web.desk import signed_out
from server.web.headers import same_origin

PAGES = [*now.PAGES, *history.PAGES, *audit.PAGES]


def router() -> Router:
    """The pages under /admin."""
    return Router(
        "/admin",
        route_handlers=PAGES,
        guards=[same_origin],
        include_in_schema=False,
        exception_handlers={Refusal: signed_out},
        dependencies={"person": Provide(person, sync_to_thread=True)},
    )
