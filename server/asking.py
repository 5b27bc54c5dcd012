"""What an administrator at the centre asks of an office that has a server of its own, over what is known of it here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from domain.asked import (
    ACCOUNT,
    MACHINE,
    SET_UP,
    AccountAsked,
    AccountTold,
    MachineAsked,
    SetUpAsked,
    account_parts,
    body_of,
    merged,
    three_way,
)
from domain.messages import from_json
from server.faults import Refusal
from server.keys import seal_text
from server.passwords import mark_of
from server.store.asked import ask, roster_of, standing, standings
from server.store.node import epoch_now
from server.store.set_up import read_set_up
from server.store.settings import read_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.asked import MachineTold
    from domain.clock import Micros
    from domain.messages import OfficeSetUp
    from server.store.asked import Standing

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks ``office`` for something, in which transaction, and when."""

    connection: Connection
    office: str
    by: str
    now: Micros

    def _ask(self, kind: str, subject: str, body: SetUpAsked | AccountAsked | MachineAsked) -> None:
        epoch = epoch_now(self.connection)
        ask(self.connection, self.office, (kind, subject), body_of(body), by=self.by, epoch=epoch, now=self.now)

    def set_up(self, wanted: OfficeSetUp) -> None:
        """Asks that the office be set up so."""
        self._ask(SET_UP, "", SetUpAsked(_told(read_set_up(self.connection, self.office)), wanted))

    def account(self, wanted: AccountTold, *, hashed: str = "", full_name: str = "") -> None:
        """Asks for an account, or that it be so. ``hashed`` is of a new password, empty where it keeps its own.

        Raises:
            Refusal: 409, the office has not told of its accounts yet.
        """
        roster = _told(roster_of(self.connection, self.office))
        there = next((one for one in roster.accounts if one.name == wanted.name), None)
        former = _open_account(standing(self.connection, self.office, ACCOUNT, wanted.name))
        password, name = (seal_text(roster.seal_key, text) if text else b"" for text in (hashed, full_name))
        if former is not None:  # what was asked and not answered is asked along
            password, name = password or former.password, name or former.full_name
        mark = mark_of(hashed) if hashed else wanted.password_mark
        told = AccountTold(wanted.name, wanted.role, wanted.first, wanted.second, wanted.is_disabled, mark)
        self._ask(ACCOUNT, wanted.name, AccountAsked(there, told, password, name))

    def machine(self, one: MachineTold) -> None:
        """Asks that a machine speak no more."""
        self._ask(MACHINE, one.name, MachineAsked(one.device_key))


def set_up_asked(connection: Connection, office: str, *, to_change: bool = False) -> OfficeSetUp:
    """How the office is set up by its own word, with what is asked of it and not answered yet.

    Raises:
        Refusal: 409, the office has not said yet how it is set up.
    """
    read_settings(connection, office, to_change=to_change)
    there, asked = _told(read_set_up(connection, office)), standing(connection, office, SET_UP)
    if asked is None or not asked.is_open:
        return there
    return merged(there, from_json(bytes(asked.asked.body), SetUpAsked)).set_up


def accounts_asked(connection: Connection, office: str) -> list[AccountTold]:
    """The accounts by the office's own word, with what is asked of them and not answered yet, by name.

    Raises:
        Refusal: 409, the office has not told of them yet.
    """
    there = {one.name: one for one in _told(roster_of(connection, office)).accounts}
    for name, asked in standings(connection, office, ACCOUNT).items():
        body = _open_account(asked)
        if body is None:
            continue
        if name not in there or body.base is None:
            there[name] = body.wanted
            continue
        sides = map(account_parts, (there[name], body.base, body.wanted))
        found = three_way(*sides).parts
        first, second = found["lists"]
        there[name] = AccountTold(name, found["role"], first, second, found["is_disabled"], found["password"])
    return sorted(there.values(), key=lambda one: (one.is_disabled, one.name))


def machines_of(connection: Connection, office: str) -> tuple[MachineTold, ...]:
    """The machines that may speak in the office, by its own word.

    Raises:
        Refusal: 409, it has not told of them yet.
    """
    return _told(roster_of(connection, office)).machines


def _open_account(asked: Standing | None) -> AccountAsked | None:
    return from_json(bytes(asked.asked.body), AccountAsked) if asked is not None and asked.is_open else None


def _told(found: _T | None) -> _T:
    if found is None:
        raise Refusal(409, "office_unheard")
    return found
