"""The administration pages' addresses, as a list."""

from anyio import CapacityLimiter
from litestar import Router
from litestar.di import Provide

from server.faults import Refusal
from server.web.admin import (
    asked_machines,
    asked_users,
    audit,
    boards,
    counters,
    filing,
    history,
    hours,
    integrations,
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
    *integrations.PAGES,
    *services.PAGES,
    *hours.PAGES,
    *rules.PAGES,
    *filing.PAGES,
    *boards.PAGES,
    *notices.PAGES,
    *slides.PAGES,
    *audit.PAGES,
]
ASKED_PAGES = [
    *services.PAGES,
    *hours.PAGES,
    *rules.PAGES,
    *notices.PAGES,
    *asked_users.PAGES,
    *asked_machines.PAGES,
]
"""What is set up from here in an office that has a server of its own: there it is asked for."""


def router() -> Router:
    """The pages under /admin; their limit of password hashes belongs to one process."""
    slots = CapacityLimiter(SIGN_INS_AT_ONCE)
    return Router(
        "/admin",
        route_handlers=[*PAGES, Router("/of/{office:str}", route_handlers=ASKED_PAGES)],
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
