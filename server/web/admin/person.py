"""Who is at an administration page, and what they may do there."""

from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.response import Template

from domain.clock import Clock
from server.door import Door
from server.faults import Refusal
from server.store.accounts import Clerk, Role, note_action
from server.store.writer import Transaction
from server.web.desk import address_of, cookie_name

AdminRequest = Request[Any, Any, State]

PAGES: tuple[tuple[str, str, Role], ...] = (
    ("/admin", "now", Role.SUPERVISOR),
    ("/admin/history", "history", Role.SUPERVISOR),
    ("/admin/register", "register", Role.SUPERVISOR),
    ("/admin/users", "users", Role.SUPERVISOR),
    ("/admin/counters", "counters", Role.SUPERVISOR),
    ("/admin/machines", "machines", Role.ADMINISTRATOR),
    ("/admin/services", "services", Role.SUPERVISOR),
    ("/admin/hours", "hours", Role.SUPERVISOR),
    ("/admin/rules", "rules", Role.SUPERVISOR),
    ("/admin/boards", "boards", Role.SUPERVISOR),
    ("/admin/notices", "notices", Role.SUPERVISOR),
    ("/admin/slides", "slides", Role.SUPERVISOR),
    ("/admin/audit", "audit", Role.ADMINISTRATOR),
)
"""Every page's address, its word (``admin.page_WORD`` in the catalogue) and who may see it."""


class Person:
    """A supervisor's or administrator's request. Not a dataclass, because Litestar would build one."""

    def __init__(self, request: AdminRequest, clerk: Clerk, clock: Clock) -> None:
        self.request = request
        self.clerk = clerk
        self.clock = clock

    def require(self, role: Role) -> None:
        """Lets pass whoever has that role.

        Raises:
            Refusal: 403.
        """
        if not self.clerk.role.covers(role):
            raise Refusal(403, "not_allowed")

    def page(self, name: str, here: str, *, status: int = 200, **context: Any) -> Template:
        """The template ``name``, under the navigation's word ``here``."""
        pages = [(path, word) for path, word, role in PAGES if self.clerk.role.covers(role)]
        common = {"clerk": self.clerk, "pages": pages, "here": here}
        return Template(name, context=common | context, status_code=status)

    def note(self, transaction: Transaction, action: str, subject: str, detail: str = "") -> None:
        """Puts what was changed into the audit log, in the transaction that changes it."""
        row = {
            "at": self.clock.now(), "office": self.clerk.office, "actor": self.clerk.name, "action": action,
            "subject": subject[:64], "address": address_of(self.request), "detail": detail[:256],
        }  # fmt: skip
        note_action(transaction.connection, row)


def person(
    request: AdminRequest, *, door: NamedDependency[Door], clock: NamedDependency[SkipValidation[Clock]]
) -> Person:
    """Whoever sent the request.

    Raises:
        Refusal: 401 nobody is signed in, 403 a clerk, who has no business here.
    """
    clerk = door.who(request.cookies.get(cookie_name(request)))
    if clerk is None:
        raise Refusal(401, "signed_out")
    found = Person(request, clerk, clock)
    found.require(Role.SUPERVISOR)
    if "x-fragment" not in request.headers:  # a page that refreshes itself is nobody's activity
        door.note_activity(clerk)
    return found
