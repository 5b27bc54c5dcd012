"""A request that changes what hangs in the waiting room: the boards, the notices, the slides."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from litestar import Response
from litestar.di import NamedDependency
from litestar.response import Redirect, Template
from sqlalchemy import Engine

from server.door import Door
from server.faults import Refusal
from server.offices import Offices
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
        """The office whose room it is: the one that the session was opened in."""
        return self.person.clerk.office

    def change(self, work: Callable[[Transaction], None]) -> None:
        """Writes, and tells every board. ``work`` may run twice.

        Raises:
            Refusal: 409, the office is called elsewhere, and set up there.
        """
        self._offices.must_call_here(self.office)

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
        return Redirect(f"{back}?done", status_code=303)

    def page(self, name: str, here: str, refusal: Refusal | None, **context: Any) -> Template:
        """A page, which says that something was just done, or why it was not."""
        alert = self._explainer.message(refusal) if refusal else ""
        done = refusal is None and "done" in self.person.request.query_params
        return self.person.page(
            name, here, status=refusal.status if refusal else 200, alert=alert, done=done, **context
        )


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
