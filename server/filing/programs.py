"""What the entity's own systems may see of filings and do to them."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from domain.filings import FilingMove, FilingStatus, after
from server.faults import Refusal
from server.store import filings
from server.store.accounts import Clerk
from server.store.integrations import SEEN_STEP_US, integration_of_token, note_seen

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Engine

    from domain.clock import Clock, Micros
    from domain.messages import FilingWords
    from server.filing.office import Filings, FilingView
    from server.filing.reception import Reception
    from server.store.filings import Filing
    from server.store.integrations import Integration
    from server.store.writer import Writer

PAGE = 100
_TOKEN_BYTES = 32


def new_token() -> tuple[str, bytes]:
    """A token and what is kept of it."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return token, token_hash(token)


def token_hash(token: str) -> bytes:
    """What is kept of a token: SHA-256."""
    return hashlib.sha256(token.encode()).digest()


class Programs:
    """The filings as programs see them; every look at something personal is audited under the system's name."""

    def __init__(self, *, filings: Filings, clock: Clock, writer: Writer, read: Engine) -> None:
        self._filings = filings
        self._clock = clock
        self._writer = writer
        self._read = read

    def who(self, token: str) -> Integration:
        """The system that has the token.

        Raises:
            Refusal: 401.
        """
        with self._read.connect() as connection:
            found = integration_of_token(connection, token_hash(token))
        if found is None:
            raise Refusal(401, "no_credentials")
        now = self._clock.now()
        if found.seen_at is None or now - found.seen_at > SEEN_STEP_US:
            self._writer.do(lambda transaction: note_seen(transaction.connection, found.id, now))
        return found

    def changed(self, system: Integration, after_: Micros) -> list[Filing]:
        """The office's filings that changed after that moment, the first change first; at most `PAGE` and a few.

        Those that changed at the same microsecond come together, so that the next page begins after the last one.
        """
        with self._read.connect() as connection:
            return filings.filings_changed(connection, system.office, after_, PAGE)

    def view(self, system: Integration, id_: UUID, address: str) -> FilingView:
        """A filing with everything.

        Raises:
            Refusal: 404.
        """
        return self._filings.view(self._as_clerk(system), id_, address)

    def report(self, system: Integration, id_: UUID, move: FilingMove, *, unit: str, words: FilingWords) -> Filing:
        """Does what the system reports; the same report a second time finds it done.

        Receiving, observing and correcting are acts of the reception (arts. 124, 125), and no report.

        Raises:
            Refusal: 404 there is no such filing or unit, 409 the move is not legal as the filing stands.
        """

        def work(reception: Reception) -> Filing:
            known = reception.filing(id_, to_change=True)
            steps = filings.steps_of(reception.transaction.connection, id_)
            last = steps[-1]
            is_said = (last.move, last.actor) == (move.value, system.actor)
            if is_said and (move is not FilingMove.FORWARD or known.unit == unit):
                return known
            if move is FilingMove.FORWARD:
                reception.forward(id_, unit, words)
            elif move is FilingMove.TAKE and after(known.status, move) is None and _is_with_reception(known):
                raise Refusal(409, "not_forwarded", number=known.expediente)
            else:
                reception.move(id_, move, words)
            return reception.filing(id_)

        return self._filings.do(self._as_clerk(system), work, action=f"filing.{move.value}", subject=str(id_))

    def _as_clerk(self, system: Integration) -> Clerk:
        return Clerk(system.actor, "", system.office, b"", self._clock.now())


def _is_with_reception(known: Filing) -> bool:
    return known.status in {FilingStatus.RECEIVED, FilingStatus.OBSERVED, FilingStatus.CORRECTED}
