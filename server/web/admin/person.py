"""Who is at an administration page, and what they may do there."""

from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.response import Template

from domain.clock import Clock
from domain.office import Office
from server.door import Door
from server.faults import Refusal
from server.offices import Offices
from server.store.accounts import Clerk, Role, note_action
from server.store.writer import Transaction
from server.web.desk import address_of, cookie_name
from server.web.pages import service_name

AdminRequest = Request[Any, Any, State]

PAGES: tuple[tuple[str, str, Role], ...] = (
    ("/admin", "now", Role.SUPERVISOR),
    ("/admin/history", "history", Role.SUPERVISOR),
    ("/admin/register", "register", Role.SUPERVISOR),
    ("/units", "units", Role.SUPERVISOR),
    ("/admin/users", "users", Role.SUPERVISOR),
    ("/admin/counters", "counters", Role.SUPERVISOR),
    ("/admin/machines", "machines", Role.ADMINISTRATOR),
    ("/admin/integrations", "integrations", Role.ADMINISTRATOR),
    ("/admin/services", "services", Role.SUPERVISOR),
    ("/admin/hours", "hours", Role.SUPERVISOR),
    ("/admin/rules", "rules", Role.SUPERVISOR),
    ("/admin/filing", "filing", Role.SUPERVISOR),
    ("/admin/boards", "boards", Role.SUPERVISOR),
    ("/admin/notices", "notices", Role.SUPERVISOR),
    ("/admin/slides", "slides", Role.SUPERVISOR),
    ("/admin/audit", "audit", Role.ADMINISTRATOR),
)
"""Every page's address, its word (``admin.page_WORD`` in the catalogue) and who may see it."""
HOME = "/admin"
ELSEWHERE = frozenset({"services", "hours", "rules", "notices", "users", "machines"})
"""What an administrator of the centre can ask for of an office that has a server of its own."""


class Person:
    """A supervisor's or administrator's request. Not a dataclass, because Litestar would build one.

    ``other`` is the office that the address names, None for the one that the session was opened in.
    """

    def __init__(self, request: AdminRequest, clerk: Clerk, clock: Clock, other: Office | None = None) -> None:
        self.request = request
        self.clerk = clerk
        self.clock = clock
        self._other = other

    @property
    def office(self) -> str:
        """The office that the request is about."""
        return self.clerk.office if self._other is None else self._other.id

    @property
    def root(self) -> str:
        """Where the addresses of that office's pages begin."""
        return HOME if self._other is None else f"{HOME}/of/{self._other.id}"

    def at(self, address: str) -> str:
        """An address under /admin as it is for that office."""
        return self.root + address.removeprefix(HOME)

    def require(self, role: Role) -> None:
        """Lets pass whoever has that role.

        Raises:
            Refusal: 403.
        """
        if not self.clerk.role.covers(role):
            raise Refusal(403, "not_allowed")

    def page(self, name: str, here: str, *, status: int = 200, **context: Any) -> Template:
        """The template ``name``, under the navigation's word ``here``."""
        pages = [
            (self.at(path), word)
            for path, word, role in PAGES
            if self.clerk.role.covers(role) and (self._other is None or word in ELSEWHERE)
        ]
        common = {"clerk": self.clerk, "pages": pages, "here": here, "root": self.root, "other": self._other}
        if self._other is not None:
            other = self._other
            common["office"] = lambda: other
            common["service_name"] = lambda code: service_name(other, code)
        return Template(name, context=common | context, status_code=status)

    def note(self, transaction: Transaction, action: str, subject: str, detail: str = "") -> None:
        """Puts what was changed into the audit log, in the transaction that changes it; or asked of another office."""
        if self._other is not None:
            detail = f"{self._other.id}: {detail}"
        row = {
            "at": self.clock.now(), "office": self.clerk.office, "actor": self.clerk.name, "action": action,
            "subject": subject[:64], "address": address_of(self.request), "detail": detail[:256],
        }  # fmt: skip
        note_action(transaction.connection, row)


def person(
    request: AdminRequest,
    *,
    door: NamedDependency[Door],
    offices: NamedDependency[Offices],
    clock: NamedDependency[SkipValidation[Clock]],
) -> Person:
    """Whoever sent the request.

    Raises:
        Refusal: 401 nobody is signed in, 403 a clerk, who has no business here, or for another office whoever is no
            administrator; 404 an office of which nothing is known, or that is called here.
    """
    clerk = door.who(request.cookies.get(cookie_name(request)))
    if clerk is None:
        raise Refusal(401, "signed_out")
    named = request.path_params.get("office")
    other = None if named is None else offices.of(named)
    found = Person(request, clerk, clock, other)
    found.require(Role.SUPERVISOR if named is None else Role.ADMINISTRATOR)
    if named is not None and (other is None or offices.called_here(named)):
        raise Refusal(404, "not_found")
    if "x-fragment" not in request.headers:  # a page that refreshes itself is nobody's activity
        door.note_activity(clerk)
    return found
