"""The way to the server for a kiosk without a network: events on a stick, and the server's receipt on the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.clock import Micros
from domain.messages import Event, from_json
from domain.sync import take
from exchange.letters import PaperError, read_receipts, requests, write_letters
from kiosk.book import KioskBook
from kiosk.store.settings import CLOCK_OFFSET, RECEIPT_TURN, keep, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from domain.messages import Enrolment, ExchangeRequest
    from exchange.client import Clock
    from exchange.letters import Receipt
    from exchange.signing import DeviceKey
    from kiosk.store.database import Database
    from kiosk.store.outbox import Outbox


@dataclass(slots=True)
class Exported:
    """How many events went into a file, and when the first and the last of them happened; None for none."""

    events: int = 0
    first: Micros | None = None
    last: Micros | None = None

    def count(self, event: Event, offset: int) -> None:
        """One more; ``offset`` corrects the machine's clock."""
        at = Micros(event.at + offset)
        self.events += 1
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)


def export(path: Path, child: str, *, database: Database, outbox: Outbox, clock: Clock, device: DeviceKey) -> Exported:
    """Writes everything that the server has not confirmed to ``path``; no file where there is nothing.

    Reads only, so the kiosk may go on giving out numbers meanwhile; what it gives out then is for the next time.

    Raises:
        StoreError: the store fails.
        WriteError: there is such a file, or it cannot be written whole.
    """
    told, offset = Exported(), number(database, CLOCK_OFFSET)

    def counted(found: Iterable[ExchangeRequest]) -> Iterator[ExchangeRequest]:
        for request in found:
            for push in request.streams:
                for event in push.events:
                    told.count(from_json(bytes(event), Event), offset)  # type: ignore[call-overload] # as written down
            yield request

    if outbox.backlog:
        found = counted(requests(child, KioskBook(database, outbox), clock))
        write_letters(path, found, device, first_turn=max(1, clock.wall()))
    return told


@dataclass(frozen=True, slots=True)
class Received:
    """What a receipt did: how many events it confirms that were not yet, and how many are still to be sent.

    ``is_old`` is a receipt of before another one that was taken in: it changes nothing.
    """

    confirmed: int = 0
    left: int = 0
    is_old: bool = False


def receive(path: Path, enrolment: Enrolment, device: DeviceKey, *, database: Database, outbox: Outbox) -> Received:
    """Believes the server's receipt in ``path`` as if it had answered itself.

    Raises:
        PaperError: it is damaged, another machine's, or not this server's word; nothing is changed.
        StoreError: the store fails.
        OSError: it cannot be read.
    """
    receipts = read_receipts(path)
    if any(receipt.letter.request.child != enrolment.kiosk for receipt in receipts):
        child = receipts[0].letter.request.child
        raise PaperError(f"{path} es el recibo de «{child}», y este equipo es «{enrolment.kiosk}».")
    if not all(_is_ours(receipt, enrolment, device) for receipt in receipts):
        raise PaperError(f"{path} no lleva la firma del servidor de este equipo.")
    before, turn = outbox.backlog, receipts[-1].letter.turn
    if turn <= number(database, RECEIPT_TURN):
        return Received(left=before, is_old=True)
    _take(receipts, database, outbox)
    return Received(confirmed=before - outbox.backlog, left=outbox.backlog)


def _is_ours(receipt: Receipt, enrolment: Enrolment, device: DeviceKey) -> bool:
    """Whether our server answered so to a letter of ours."""
    letter = receipt.letter
    return letter.device == device.public.hex() and letter.is_signed and receipt.is_signed_by(enrolment.server_key)


def _take(receipts: Sequence[Receipt], database: Database, outbox: Outbox) -> None:
    """Believes one answer after the other, as they were given; after a new life's beginning they are of the old one."""
    book, before = KioskBook(database, outbox), outbox.own
    for receipt in receipts:
        response = receipt.response
        taken = take(book.link().parent_epoch, outbox.held(), response, request=receipt.letter.request)
        if taken.take_stock or response.parent_epoch != taken.parent_epoch:
            raise PaperError("El servidor fue restaurado entre la exportación y este recibo: exporte otra vez.")
        book.take(taken)
        if outbox.own != before:
            break
    with database.immediate() as tables:
        keep(tables, RECEIPT_TURN, receipts[-1].letter.turn)
