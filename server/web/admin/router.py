"""The administration pages' addresses, as a list."""

from anyio import CapacityLimiter
from litestar import Router
from litestar.di import Provide

from server.faults import Refusal
from server.web.admin import (
    audit,
    boards,
    counters,
    history,
    hours,
    machines,
    notices,
    now,
    register,
    rules,
    services,
    slides,
    user,
    users,
)
from server.web.admin.hall import hall
from server.web.admin.person import person
from server.web.admin.setting import setting
from server.web.desk import SIGN_INS_AT_ONCE, signed_out
from server.web.headers import same_origin

PAGES = [
    *now.PAGES,
    *history.PAGES,
    *register.PAGES,
    *users.PAGES,
    *user.PAGES,
    *counters.PAGES,
    *machines.PAGES,
    *services.PAGES,
    *hours.PAGES,
    *rules.PAGES,
    *boards.PAGES,
    *notices.PAGES,
    *slides.PAGES,
    *audit.PAGES,
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
            "hall": Provide(hall, sync_to_thread=False),
            "asked": Provide(register.asked, sync_to_thread=True),
            "setting": Provide(setting, sync_to_thread=False),
        },
    )
