"""A request that changes what hangs in the waiting room: the boards, the notices, the slides."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from litestar import Response
from litestar.di import NamedDependency
from litestar.response import Redirect, Template
from sqlalchemy import Engine

from domain.asked import SET_UP
from domain.messages import OfficeSetUp
from server.asked_words import View, view_of
from server.asking import Asker, set_up_asked
from server.door import Door
from server.faults import Refusal
from server.offices import Offices
from server.store.accounts import Role
from server.store.asked import standing
from server.store.versions import board_topic, office_topic, queue_topic
from server.store.writer import Transaction, Writer
from server.web.admin.person import Person
from server.web.faults import Explainer

Typed = Mapping[str, str]
Show = Callable[[Refusal, Typed], Template]
"""The page again, with why something was not taken and what was typed."""

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


class Hall:
    """Somebody's request over the waiting room. Not a dataclass, because Litestar would build one."""

    def __init__(
        self, person: Person, *, door: Door, offices: Offices, writer: Writer, read: Engine, explainer: Explainer
    ) -> None:
        self.person = person
        self._offices = offices
        self.read = read
        self._door = door
        self._writer = writer
        self._explainer = explainer

    @property
    def office(self) -> str:
        """The office whose room it is."""
        return self.person.office

    @property
    def is_elsewhere(self) -> bool:
        """Whether that office has a server of its own, of which this one can only ask."""
        return not self._offices.called_here(self.office)

    def change(self, work: Callable[[Transaction], None]) -> None:
        """Writes, and tells every board. ``work`` may run twice.

        Raises:
            Refusal: 409, the office is called elsewhere, and set up there.
        """
        self._offices.must_call_here(self.office)
        self._do(work)

    def ask(self, wanted: Callable[[OfficeSetUp], OfficeSetUp], note: Callable[[Transaction], None]) -> None:
        """Asks an office that is called elsewhere to be set up otherwise. Both may run twice.

        Raises:
            Refusal: 403 only administrators ask, 409 of that office nothing is known yet.
        """
        self.person.require(Role.ADMINISTRATOR)

        def work(transaction: Transaction) -> None:
            there = set_up_asked(transaction.connection, self.office, to_change=True)
            then = wanted(there)
            if then == there:
                return
            asker = Asker(transaction.connection, self.office, self.person.clerk.name, self.person.clock.now())
            asker.set_up(then)
            note(transaction)

        self._do(work)

    def _do(self, work: Callable[[Transaction], None]) -> None:
        def unit(transaction: Transaction) -> None:
            work(transaction)
            transaction.touch(*(topic(self.office) for topic in (office_topic, queue_topic, board_topic)))

        self._writer.do(unit)
        self._door.note_activity(self.person.clerk)

    def settle(self, act: Callable[[], None], show: Show, typed: Typed, back: str) -> Response[Any]:
        """Does it and leads back to the page; or shows the page with why not, and what was typed."""
        try:
            act()
        except Refusal as refusal:
            return show(refusal, typed)
        return Redirect(f"{self.person.at(back)}?done", status_code=303)

    def page(self, name: str, here: str, refusal: Refusal | None, **context: Any) -> Template:
        """A page, which says that something was just done, or why it was not."""
        alert = self._explainer.message(refusal) if refusal else ""
        done = refusal is None and not self.is_elsewhere and "done" in self.person.request.query_params
        asked = {"asked": self._asked() if self.is_elsewhere else None}
        return self.person.page(
            name, here, status=refusal.status if refusal else 200, alert=alert, done=done, **asked | context
        )

    def _asked(self) -> View:
        with self.read.connect() as connection:
            found = standing(connection, self.office, SET_UP)
        since = self._offices.stale_since(self.office, self.person.clock.now())
        return view_of(found, since, self._explainer.texts)


def hall(
    *,
    person: NamedDependency[Person],
    door: NamedDependency[Door],
    offices: NamedDependency[Offices],
    writer: NamedDependency[Writer],
    read: NamedDependency[Engine],
    explainer: NamedDependency[Explainer],
) -> Hall:
    """The request of whoever furnishes the waiting room."""
    return Hall(person, door=door, offices=offices, writer=writer, read=read, explainer=explainer)


def words_in(typed: Typed, name: str, most: int) -> str:
    """One line of words, without what cannot be seen.

    Raises:
        Refusal: 400, there are none or too many.
    """
    text = "".join(one for one in " ".join(typed.get(name, "").split()) if unicodedata.category(one) not in _UNSEEN)
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise Refusal(400, "no_words")
    if len(text) > most:
        raise Refusal(400, "words_long", most=str(most))
    return text


def day_in(typed: Typed, name: str) -> date | None:
    """A day, None where none was typed.

    Raises:
        Refusal: 400, it is none.
    """
    text = typed.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal(400, "bad_day") from None
