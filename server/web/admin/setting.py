"""A request that shows or changes how the office is set up: reads it, writes it, words what happened."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect, Template
from sqlalchemy import Connection, Engine

from domain.asked import SET_UP
from domain.office import Office, QueueRules
from server.asked_words import View, view_of
from server.asking import Asker, set_up_asked
from server.door import Door
from server.faults import Refusal
from server.offices import Offices
from server.store.accounts import Role
from server.store.asked import standing
from server.store.settings import read_settings, save_settings
from server.store.versions import board_topic, desk_topic, office_topic
from server.store.writer import Transaction, Writer
from server.web.admin.forms import Refused, Sheet, Stale, Typed, Unfit, differences, mark_of
from server.web.admin.person import Person
from server.web.faults import Explainer

Form = URLEncodedBody[dict[str, str]]

SetUpNow = tuple[Office, QueueRules]
Part = Callable[[Office, QueueRules], Mapping[str, str]]
"""What a form shows of how the office is set up, by the names of its fields."""
Show = Callable[[Refused], Template]
"""The page with a form that was not taken."""

_UNFIT = 400
_STALE = 409


class Setting:
    """A supervisor's request over the settings. Not a dataclass, because Litestar would build one."""

    def __init__(
        self, person: Person, *, door: Door, offices: Offices, writer: Writer, read: Engine, explainer: Explainer
    ) -> None:
        self.person = person
        self.writer = writer
        self.read = read
        self.explainer = explainer
        self._door = door
        self._offices = offices

    @property
    def office_id(self) -> str:
        """The office whose rows these are."""
        return self.person.office

    @property
    def is_elsewhere(self) -> bool:
        """Whether that office has a server of its own, of which this one can only ask."""
        return not self._offices.called_here(self.office_id)

    def now(self) -> SetUpNow:
        """The office and its rules as they are saved now; another process may have changed them a moment ago."""
        with self.read.connect() as connection:
            return self.saved(connection)

    def saved(self, connection: Connection, *, to_change: bool = False) -> SetUpNow:
        """The same, in a transaction. Of an office that is called elsewhere it is also what is asked of it.

        Raises:
            Refusal: 409, of that office nothing is known yet.
        """
        if self.is_elsewhere:
            asked = set_up_asked(connection, self.office_id, to_change=to_change)
            return asked.office, asked.rules
        found = read_settings(connection, self.office_id, to_change=to_change)
        return found or (self._offices.main, self._offices.rules)

    def label(self, name: str) -> str:
        """What a field is called."""
        return self.explainer.text(f"field.{name}")

    def do(self, work: Callable[[Transaction], None]) -> None:
        """Writes, and keeps the session open: somebody did something."""
        self.writer.do(work)
        self._door.note_activity(self.person.clerk)

    def set_up(self, transaction: Transaction) -> None:
        """The office is being set up otherwise: every screen must hear of it.

        Raises:
            Refusal: 409, the office is called elsewhere, and set up there.
        """
        self._offices.must_call_here(self.office_id)
        self.touch(transaction)

    def touch(self, transaction: Transaction) -> None:
        """Every screen of the office must hear of it."""
        transaction.touch(*(topic(self.office_id) for topic in (office_topic, desk_topic, board_topic)))

    def save(self, transaction: Transaction, office: Office, rules: QueueRules) -> None:
        """Sets the office up so from now on; or asks that it be, where it is called elsewhere.

        Raises:
            Refusal: 403, only administrators ask.
        """
        if self.is_elsewhere:
            asked = set_up_asked(transaction.connection, self.office_id)
            self.asker(transaction).set_up(msgspec.structs.replace(asked, office=office, rules=rules))
            self.touch(transaction)
            return
        save_settings(transaction.connection, office, rules, by=self.person.clerk.name, now=self.person.clock.now())
        self.set_up(transaction)

    def asker(self, transaction: Transaction) -> Asker:
        """Who asks the office for something; nobody else asks it for anything until the commit.

        Raises:
            Refusal: 403, only administrators do.
        """
        self.person.require(Role.ADMINISTRATOR)
        read_settings(transaction.connection, self.office_id, to_change=True)
        return Asker(transaction.connection, self.office_id, self.person.clerk.name, self.person.clock.now())

    def change(
        self,
        typed: Typed,
        change: Callable[[Office, QueueRules], SetUpNow],
        *,
        action: str,
        part: Part | None = None,
        subject: str = "",
        detail: str = "",
    ) -> None:
        """Changes how the office is set up. ``change`` may run twice, and may refuse fields.

        ``part`` is what the form showed, None for what only adds or takes away; ``detail`` is for the audit log, which
        says of a part what changed in it. A form sent twice changes once, and the second time finds it done.

        Raises:
            Unfit: something was typed that cannot be.
            Stale: somebody else changed this part since the form was shown.
        """
        typed.check()

        def unit(transaction: Transaction) -> None:
            before = self.saved(transaction.connection, to_change=True)
            after = change(*before)
            typed.check()
            if after == before:
                return
            shown = {} if part is None else part(*before)
            if part is not None and not typed.is_fresh(shown):
                raise Stale(shown)
            self.save(transaction, *after)
            changed = detail if part is None else differences(shown, part(*after), self.label)
            self.person.note(transaction, action, subject, changed)

        self.do(unit)

    def settle(self, typed: Typed, act: Callable[[], str], show: Show, back: str) -> Response[Any]:
        """Does it and leads back to the page, which says what ``act`` returns; or shows the form as it was typed."""
        try:
            done = act()
        except Unfit as unfit:
            sheet = Sheet(typed.shown, typed.seen, unfit.faults)
            return show(Refused(sheet, _UNFIT, self.explainer.text("admin.mend")))
        except Stale as stale:
            sheet = Sheet(typed.shown, mark_of(stale.saved), saved=stale.saved)
            return show(Refused(sheet, _STALE, self.explainer.text("admin.stale")))
        except Refusal as refusal:
            sheet = Sheet(typed.shown, typed.seen)
            return show(Refused(sheet, refusal.status, self.explainer.message(refusal)))
        return Redirect(f"{self.person.at(back)}?done={done}", status_code=303)

    def page(self, name: str, here: str, refused: Refused | None, **context: Any) -> Template:
        """A page, which says what was just done or why it was not."""
        status, alert = (200, "") if refused is None else (refused.status, refused.alert)
        done = "" if alert or self.is_elsewhere else self.person.request.query_params.get("done", "")
        asked = {"asked": self.asked() if self.is_elsewhere else None}
        return self.person.page(name, here, status=status, alert=alert, done=done, **asked | context)

    def asked(self, kind: str = SET_UP, subject: str = "") -> View:
        """What is asked of the office in this, and what came of it."""
        with self.read.connect() as connection:
            found = standing(connection, self.office_id, kind, subject)
        since = self._offices.stale_since(self.office_id, self.person.clock.now())
        return view_of(found, since, self.explainer.texts)


def setting(
    *,
    person: NamedDependency[Person],
    door: NamedDependency[Door],
    offices: NamedDependency[Offices],
    writer: NamedDependency[Writer],
    read: NamedDependency[Engine],
    explainer: NamedDependency[Explainer],
) -> Setting:
    """The request of whoever sets up the office."""
    return Setting(person, door=door, offices=offices, writer=writer, read=read, explainer=explainer)
