"""The home node decides what the centre asks: it does it as an administrator of its own would, or says why not."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from domain.asked import (
    ACCOUNT,
    LARGEST_ASKED,
    MACHINE,
    SET_UP,
    AccountAsked,
    AskAnswered,
    Kept,
    MachineAsked,
    SetUpAsked,
    account_parts,
    asked_parts,
    fits,
    merged,
    three_way,
)
from domain.clock import in_lima
from domain.messages import from_json
from server.asked_words import of_parts, of_refusal
from server.passwords import is_usable, mark_of
from server.store import asked as asked_store
from server.store import boards, staff
from server.store.accounts import Role, add_account, note_action, set_role
from server.store.boards import Notice
from server.store.kiosks import last_life
from server.store.node import epoch_now, record
from server.store.set_up import read_set_up
from server.store.settings import read_settings, save_settings
from server.store.unfinished import need_service
from server.store.versions import board_topic, desk_topic, office_topic, queue_topic
from server.telling import account_told, tell_all

if TYPE_CHECKING:
    import gettext

    from sqlalchemy import Connection

    from domain.asked import Asked
    from domain.clock import Micros
    from domain.messages import NoticeWords, OfficeSetUp
    from server.enrolment import Registry
    from server.keys import Keys
    from server.store.node import Node
    from server.store.writer import Transaction

_log = logging.getLogger(__name__)

CENTRE = "sede central"
"""Where it came from, in the audit log's column of addresses."""
KNOWN_LANGUAGES = frozenset({"es", "en", "qu", "ay"})


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a request: which parts changed, and which were left as they are."""

    changed: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()
    is_done: bool = True


def _refused(why: str) -> _Outcome:
    return _Outcome(kept=(Kept("", why),), is_done=False)


class Granting:
    """Carries out each request once, in the transaction that remembers it and answers."""

    def __init__(
        self, *, node: Node, keys: Keys, registry: Registry, office: str, texts: gettext.NullTranslations
    ) -> None:
        self._node = node
        self._keys = keys
        self._registry = registry
        self._office = office
        self._texts = texts

    def grant(self, transaction: Transaction, asked: Asked, now: Micros) -> None:
        """Does what is ``asked`` as far as it can be done; what was decided is answered again in a new life only.

        Whoever asks under an older version is told the one that was decided.
        """
        connection, epoch = transaction.connection, epoch_now(transaction.connection)
        former = asked_store.standing(connection, self._office, asked.kind, asked.subject)
        if former is not None and asked.version <= former.asked.version:
            if asked.version == former.asked.version and former.answered_life == epoch:
                return
            asked, outcome = former.asked, _Outcome(kept=former.kept, is_done=former.is_done)
        else:
            is_seen = former is None or not asked.after or asked.after > former.asked.version
            outcome = self._decide(transaction, asked, None if is_seen or former is None else former.asked, now)
            self._audit(connection, asked, outcome, now)
        answered = AskAnswered(asked.kind, asked.subject, asked.version, outcome.is_done, outcome.kept)
        asked_store.decide(connection, self._office, asked, answered, epoch=epoch, now=now)
        tell_all(connection, self._node, self._keys, self._office, now)  # before the answer, so that the centre is not
        day = in_lima(now).date()  # left with a request that is over and an office that is not yet so
        record(connection, self._node, answered, kind="asked.answered", office=self._office, day=day, now=now)
        topics = (office_topic, queue_topic, desk_topic, board_topic)
        transaction.touch(*(topic(self._office) for topic in topics))
        _log.info("sync.asked kind=%s done=%s kept=%d", asked.kind, outcome.is_done, len(outcome.kept))

    def _decide(self, transaction: Transaction, asked: Asked, last: Asked | None, now: Micros) -> _Outcome:
        """``last`` is the request before it, where whoever asks could not know what came of that."""
        if len(asked.body) > LARGEST_ASKED:
            return _refused("too_many")
        try:
            if asked.kind == SET_UP:
                before = None if last is None else from_json(bytes(last.body), SetUpAsked)
                return self._set_up(transaction, asked, from_json(bytes(asked.body), SetUpAsked), before, now)
            if asked.kind == ACCOUNT:
                former = None if last is None else from_json(bytes(last.body), AccountAsked)
                return self._account(transaction, asked, from_json(bytes(asked.body), AccountAsked), former, now)
            if asked.kind == MACHINE:
                return self._machine(transaction, asked, from_json(bytes(asked.body), MachineAsked), now)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        return _refused("not_understood")

    def _audit(self, connection: Connection, asked: Asked, outcome: _Outcome, now: Micros) -> None:
        words = [of_parts(self._texts, outcome.changed), *(of_refusal(self._texts, one) for one in outcome.kept)]
        row = {
            "at": now, "office": self._office, "actor": asked.by, "subject": asked.subject, "address": CENTRE,
            "action": f"asked.{asked.kind}"[:64] if outcome.is_done else "asked.refused",
            "detail": "; ".join(filter(None, words))[:256],
        }  # fmt: skip
        note_action(connection, row)

    # --- how the office is set up -----------------------------------------------------------------------------------

    def _set_up(
        self, transaction: Transaction, asked: Asked, body: SetUpAsked, last: SetUpAsked | None, now: Micros
    ) -> _Outcome:
        connection, office = transaction.connection, self._office
        read_settings(connection, office, to_change=True)
        there = read_set_up(connection, office)
        is_ours = {body.base.office.id, body.wanted.office.id} == {office}
        if there is None or asked.subject or not is_ours or not _is_sound(body.wanted):
            return _refused("not_understood")
        if not fits(body.base, body.base) or not fits(body.wanted, body.base):
            return _refused("too_many")
        found = merged(there, body, last=last, barred=self._needed(connection, body, now))
        if not fits(found.set_up, there):
            return _refused("too_many")
        if found.changed:
            save_settings(connection, found.set_up.office, found.set_up.rules, by=asked.by, now=now)
            _hang(connection, office, found.set_up.notices)
        return _Outcome(found.changed, found.kept)

    def _needed(self, connection: Connection, body: SetUpAsked, now: Micros) -> dict[str, str]:
        """Which services may not be taken away, and why."""
        leaving = {one.code for one in body.base.office.services} - {one.code for one in body.wanted.office.services}
        today, found = in_lima(now).date(), {}
        for code in leaving:
            if need_service(connection, self._office, today, code):
                found[f"service.{code}"] = "service_awaited"
            elif staff.who_serves(connection, code):
                found[f"service.{code}"] = "service_listed"
        return found

    # --- accounts ---------------------------------------------------------------------------------------------------

    def _account(
        self, transaction: Transaction, asked: Asked, body: AccountAsked, last: AccountAsked | None, now: Micros
    ) -> _Outcome:
        connection, name, wanted = transaction.connection, asked.subject, body.wanted
        roles = {role.value for role in Role}
        if not name or wanted.name != name or wanted.role not in roles or (body.base and body.base.name != name):
            return _refused("not_understood")
        chiefs = staff.administrators(connection)
        there = staff.account_of(connection, name, to_change=True)
        hashed = self._password(body)
        if there is None:
            if body.base is not None:
                return _refused("no_account")
            return _refused("not_opened") if hashed is None else self._add(connection, body, hashed, now)
        base = last.wanted if body.base is None and last is not None and last.base is None else body.base
        if base is None:
            return _refused("name_taken")
        barred = self._barred(connection, body, is_last=chiefs == [name])
        if hashed is None:
            barred["password"] = "not_opened"  # noqa: S105 a reason
        left = (
            None
            if last is None
            else asked_parts(account_parts(last.base) if last.base else {}, account_parts(last.wanted))
        )
        found = three_way(
            account_parts(account_told(there)), account_parts(base), account_parts(wanted), last=left, barred=barred
        )
        self._change(connection, name, {part: found.parts[part] for part in found.changed}, hashed or "", now)
        return _Outcome(found.changed, found.kept)

    def _password(self, body: AccountAsked) -> str | None:
        """The hash that was sealed to this node; None for none that can be used."""
        hashed = self._keys.open_text(body.password) if body.password else None
        if hashed is None or not is_usable(hashed) or mark_of(hashed) != body.wanted.password_mark:
            return None
        return hashed

    def _add(self, connection: Connection, body: AccountAsked, hashed: str, now: Micros) -> _Outcome:
        name, wanted = body.wanted.name, body.wanted
        full_name = (self._keys.open_text(body.full_name) or "") if body.full_name else ""
        add_account(connection, name, hashed, now, role=Role(wanted.role))
        staff.change_account(connection, name, full_name=full_name[:80] if full_name.isprintable() else "")
        barred = self._barred(connection, body, is_last=False)
        if "lists" not in barred:
            staff.set_lists(connection, name, wanted.first, wanted.second)
        if wanted.is_disabled:
            staff.change_account(connection, name, disabled_at=now)
        return _Outcome(("role",), tuple(Kept(part, why) for part, why in barred.items()))

    def _barred(self, connection: Connection, body: AccountAsked, *, is_last: bool) -> dict[str, str]:
        """Which parts must stay: somebody has to remain an administrator, and nobody serves what is not offered."""
        set_up = read_settings(connection, self._office)
        known = {one.code for one in set_up[0].services} if set_up else set()
        barred = {"lists": "service_gone"} if {*body.wanted.first, *body.wanted.second} - known else {}
        if is_last:
            if body.wanted.role != Role.ADMINISTRATOR.value:
                barred["role"] = "last_administrator"
            if body.wanted.is_disabled:
                barred["is_disabled"] = "last_administrator"
        return barred

    @staticmethod
    def _change(connection: Connection, name: str, changed: dict[str, Any], hashed: str, now: Micros) -> None:
        if "role" in changed:
            set_role(connection, name, Role(changed["role"]), now)
        if "lists" in changed:
            first, second = changed["lists"]
            staff.set_lists(connection, name, first, second)
        if "password" in changed:
            staff.change_account(connection, name, password_hash=hashed)
            staff.end_sessions(connection, name)
        if "is_disabled" in changed:
            staff.change_account(connection, name, disabled_at=now if changed["is_disabled"] else None)
            staff.end_sessions(connection, name)

    # --- machines ---------------------------------------------------------------------------------------------------

    def _machine(self, transaction: Transaction, asked: Asked, body: MachineAsked, now: Micros) -> _Outcome:
        """Revokes by the key: a kiosk that began a new life by itself has it still, another in its place has not."""
        connection = transaction.connection
        life = last_life(connection, asked.subject)
        if life is None or life.office != self._office:
            return _refused("no_machine")
        if life.device_key != body.device_key:
            return _refused("other_machine")
        self._registry.revoke(connection, asked.subject, now)
        return _Outcome(("machine",))


def _is_sound(wanted: OfficeSetUp) -> bool:
    """Whether its addresses and languages are what the forms let through."""
    office = wanted.office
    urls = [office.complaints_url, *([office.virtual_desk.url] if office.virtual_desk else [])]
    is_web = all(not url or url.startswith(("http://", "https://")) for url in urls)
    languages = wanted.rules.languages
    return is_web and bool(office.name) and "es" in languages and KNOWN_LANGUAGES.issuperset(languages)


def _hang(connection: Connection, office: str, wanted: tuple[NoticeWords, ...]) -> None:
    """Makes the notices those that are wanted; one that stays keeps its id, which a page may be open with."""
    left = [Notice(0, one.words, one.from_day, one.to_day) for one in wanted]
    for there in boards.notices(connection, office):
        if (same := replace(there, id=0)) in left:
            left.remove(same)
        else:
            boards.drop_notice(connection, office, there.id)
    for one in left:
        boards.save_notice(connection, office, one)
