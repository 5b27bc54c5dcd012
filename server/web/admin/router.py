"""The administration pages' addresses, as a list."""

from anyio import CapacityLimiter
from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.response import Template

from server.faults import Refusal
from server.web.admin import counters, hours, rules, services, user, users
from server.web.admin.person import Person, person
from server.web.admin.setting import setting
from server.web.desk import SIGN_INS_AT_ONCE, signed_out
from server.web.headers import same_origin


@get("/", sync_to_thread=False)
def now(person: NamedDependency[Person]) -> Template:
    """The office as it is now."""
    return person.page("admin_now.html", "now")


PAGES = [
    now,
    *users.PAGES,
    *user.PAGES,
    *counters.PAGES,
    *services.PAGES,
    *hours.PAGES,
    *rules.PAGES,
]


def router() -> Router:
    """The pages under /admin; their limit of password hashes belongs to one process."""
    slots = CapacityLimiter(SIGN_INS_AT_ONCE)
    return Router(
        "/admin",
        route_handlers=PAGES,
        guards=[same_origin],
        include_in_schema=False,
        exception_handlers={Refusal: signed_out},
        dependencies={
            "slots": Provide(lambda: slots, sync_to_thread=False),
            "person": Provide(person, sync_to_thread=True),
            "setting": Provide(setting, sync_to_thread=False),
        },
    )
