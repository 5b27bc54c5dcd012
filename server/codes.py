"""One-time codes: made for somebody who sets a machine up, and answered once (the form is `domain.enrolment`'s)."""

from __future__ import annotations

import hmac
import logging
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

import msgspec

from domain.clock import Micros
from domain.enrolment import (
    MOST_TRIES,
    VALID_US,
    EnrolAnswer,
    EnrolAsked,
    EnrolGiven,
    EnrolmentCode,
    EnrolRequest,
    handle_of,
    is_secret,
    secret_of,
    server_hash,
)
from domain.messages import Enrolment, from_json, to_json
from domain.signing import device_words, enrolment_words
from exchange.signing import is_signed, seal_to
from server.enrolment import AlreadyEnrolled, CounterServed, DeviceEnrolled, NoSeries, OtherKind
from server.faults import Refusal
from server.store import codes
from server.store.accounts import note_action
from server.store.kiosks import last_life
from server.store.log import is_node
from server.store.settings import read_settings
from server.store.versions import desk_topic, office_topic

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.clock import Clock
    from domain.office import Office
    from server.enrolment import NotEnrolled, Registry
    from server.keys import Keys
    from server.store.codes import Code, Wanted
    from server.store.writer import Transaction, Writer

_log = logging.getLogger(__name__)

_SECRET_BYTES = 5
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def is_machine_name(text: str) -> bool:
    """Whether a machine can be called so."""
    return _NAME.fullmatch(text) is not None and not is_node(text)  # that is how servers call themselves


@dataclass(frozen=True, slots=True)
class MadeCode:
    """A code to be shown once, and until when it is good."""

    code: EnrolmentCode
    expires_at: Micros


def make_code(
    connection: Connection, registry: Registry, keys: Keys, wanted: Wanted, *, by: str, now: Micros
) -> MadeCode | NotEnrolled:
    """A new code for ``wanted``; one made before for the same name is good no more. Or why there can be none."""
    hindrance = registry.hindrance(connection, wanted)
    if hindrance is not None:
        return hindrance
    taken = codes.handles(connection, now)
    secret = secret_of(secrets.token_bytes(_SECRET_BYTES))
    while handle_of(secret) in taken:
        secret = secret_of(secrets.token_bytes(_SECRET_BYTES))
    expires_at = Micros(now + VALID_US)
    codes.add_code(
        connection, handle_of(secret), _hash(keys, secret), wanted, by=by, expires_at=expires_at, tries=MOST_TRIES
    )
    return MadeCode(EnrolmentCode(server_hash(keys.sign_public), secret), expires_at)


class Enroller:
    """Answers machines that show a code. Not a dataclass, because Litestar would build one."""

    def __init__(
        self, *, registry: Registry, keys: Keys, office: Office, public_url: str, clock: Clock, writer: Writer
    ) -> None:
        self._registry = registry
        self._keys = keys
        self._office = office
        self._public_url = public_url
        self._clock = clock
        self._writer = writer

    @property
    def public_url(self) -> str:
        """Where machines find this server."""
        return self._public_url

    def make(self, connection: Connection, wanted: Wanted, *, by: str) -> MadeCode:
        """A new code.

        Raises:
            Refusal: 409, nobody can be enrolled so.
        """
        made = make_code(connection, self._registry, self._keys, wanted, by=by, now=self._clock.now())
        if not isinstance(made, MadeCode):
            raise not_enrolled(made)
        return made

    @property
    def public_key(self) -> bytes:
        """By what machines know this server."""
        return self._keys.sign_public

    def answer(self, request: EnrolRequest, address: str) -> EnrolAnswer:
        """Enrols whoever shows a good code from ``address``; may wait for the database.

        Raises:
            Refusal: 400 it is not sealed to this server or not signed by the machine, 404 or 410 the code is not good
                (any more), 409 nobody can be enrolled so.
        """
        opened = self._keys.open_signing(request.sealed)
        try:
            asked = from_json(opened or b"", EnrolAsked)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refusal(400, "bad_request") from error
        if not is_signed(asked.device_key, device_words(self._keys.sign_public, asked.secret), asked.proof):
            raise Refusal(400, "bad_request")
        # a wrong try is committed as well, so what is refused comes back as a value
        given = self._writer.do(lambda transaction: self._use(transaction, asked, address))
        if isinstance(given, Refusal):
            _log.warning("enrol.refused code=%s", given.code)
            raise given
        raw = to_json(given)
        signature = self._keys.signature(enrolment_words(request.sealed, raw))
        sealed = seal_to(asked.device_key, to_json(EnrolGiven(raw, signature)))
        if sealed is None:
            raise Refusal(400, "bad_request")
        _log.warning("enrol.done kiosk=%s epoch=%d", given.kiosk, given.epoch)
        return EnrolAnswer(sealed)

    def _use(self, transaction: Transaction, asked: EnrolAsked, address: str) -> Enrolment | Refusal:
        connection, now = transaction.connection, self._clock.now()
        code = codes.code_of(connection, handle_of(asked.secret)) if is_secret(asked.secret) else None
        if code is None:
            return Refusal(404, "code_unknown")
        refusal = self._refusal(connection, code, asked, now)
        if refusal is not None:
            return refusal
        office = self._office_of(connection, code.wanted)
        if code.used_by is not None:  # the answer was lost on the way
            return self._registry.enrolment(connection, code.wanted.name, office=office, server_url=self._public_url)
        enrolled = self._registry.enrol(
            connection, code.wanted, asked.device_key, office=office, server_url=self._public_url, now=now
        )
        if not isinstance(enrolled, Enrolment):
            return not_enrolled(enrolled)
        codes.use(connection, code.handle, asked.device_key, now)
        note_action(
            connection,
            {
                "at": now, "office": code.wanted.office, "actor": code.made_by, "action": "machine.enrolled",
                "subject": code.wanted.name, "address": address, "detail": enrolled.series or enrolled.counter,
            },
        )  # fmt: skip
        transaction.touch(desk_topic(code.wanted.office), office_topic(code.wanted.office))
        return enrolled

    def _refusal(self, connection: Connection, code: Code, asked: EnrolAsked, now: Micros) -> Refusal | None:
        """Why a code that was found is not good for this machine; a wrong secret costs a try."""
        if code.tries_left <= 0:
            return Refusal(410, "code_spent")
        if not hmac.compare_digest(code.secret_hash, _hash(self._keys, asked.secret)):
            codes.count_try(connection, code.handle)
            return Refusal(404, "code_unknown")
        if now >= code.expires_at:
            return Refusal(410, "code_expired")
        if code.wanted.is_node != asked.is_node:
            return Refusal(409, "code_other_kind")
        if code.used_by is not None:
            life = last_life(connection, code.wanted.name)
            is_still_its = life is not None and not life.is_revoked and life.device_key == asked.device_key
            if code.used_by != asked.device_key or not is_still_its:
                return Refusal(410, "code_used")
        return None

    def _office_of(self, connection: Connection, wanted: Wanted) -> Office:
        """The office as it is set up now; of one that is called elsewhere, little more than its id is known here."""
        return office_of(connection, self._office, wanted.office)


def office_of(connection: Connection, main: Office, wanted: str) -> Office:
    """The office ``wanted`` as it is set up here now; ``main`` is the one of the configuration."""
    found = read_settings(connection, wanted)
    if found is not None:
        return found[0]
    return main if wanted == main.id else msgspec.structs.replace(main, id=wanted, name=wanted)


def not_enrolled(why: NotEnrolled) -> Refusal:
    """Why a machine cannot be enrolled so, as an answer."""
    match why:
        case AlreadyEnrolled():
            return Refusal(409, "already_enrolled")
        case OtherKind():
            return Refusal(409, "other_kind")
        case CounterServed(name):
            return Refusal(409, "counter_served", name=name)
        case DeviceEnrolled(name):
            return Refusal(409, "device_enrolled", name=name)
        case NoSeries():
            return Refusal(409, "no_series")
        case never:
            assert_never(never)


def _hash(keys: Keys, secret: str) -> bytes:
    """Under the server's own key: forty bits that stand in a stolen database would be tried out in minutes."""
    return hmac.digest(keys.sign, b"kiosk-code-1\n" + secret.encode(), "sha256")
