"""Takes in what a kiosk without a network wrote to a stick: the same exchange, carried in somebody's pocket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from domain.messages import Stream, from_json, to_json
from exchange.letters import PaperError, Receipt, read_letters, receipt_words
from server.faults import Refusal
from server.store.kiosks import keys_of, kiosk_of_name
from server.store.schema import stream

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from domain.messages import ExchangeResponse
    from exchange.letters import Letter
    from server.ingest import Ingest
    from server.keys import Keys
    from server.reading import ReadRequest
    from server.store.kiosks import Kiosk


@dataclass(slots=True)
class TakenIn:
    """What came of a file. ``fresh`` events are new here, ``known`` were here already, ``apart`` are in quarantine.

    ``missing`` are streams of which earlier events are to come first, ``forked`` those under whose numbers others are
    here: nothing of either was taken.
    """

    child: str
    fresh: int = 0
    known: int = 0
    apart: int = 0
    missing: set[Stream] = field(default_factory=set)
    forked: set[Stream] = field(default_factory=set)
    receipts: list[Receipt] = field(default_factory=list)

    def count(self, request: ReadRequest, response: ExchangeResponse, before: dict[Stream, int]) -> None:
        """An answer; ``before`` is how far each stream was stored, and is moved on."""
        acks = {ack.stream: ack for ack in response.acks}
        for push in request.pushes:
            ack = acks[push.stream]
            stored = before.get(push.stream, 0)
            fresh = max(0, ack.upto - stored)
            self.fresh += fresh
            self.apart += sum(one.seq > stored for one in ack.rejected)
            if ack.fork:
                self.forked.add(push.stream)
            elif push.events and push.events[-1].seq > ack.upto:
                self.missing.add(push.stream)
            else:
                self.known += len(push.events) - fresh
            before[push.stream] = ack.upto


class _Child(msgspec.Struct):
    child: str


def take_in(path: Path, ingest: Ingest, keys: Keys, read: Engine) -> TakenIn:
    """Takes in the letters at ``path``, all of them or, where one of them is not good, none. Twice does nothing twice.

    Raises:
        PaperError: the file is damaged, or not from a machine of this server.
        OSError: it cannot be read.
    """
    letters = read_letters(path)
    with read.connect() as connection:
        kiosk = _sender(connection, path, letters)
        stored = connection.execute(select(stream).where(stream.c.origin == kiosk.id))
        before = {Stream(row.origin, row.epoch): row.upto for row in stored}
    try:
        requests = [ingest.carried(kiosk, letter.body.encode()) for letter in letters]
    except Refusal as error:
        raise PaperError(f"{path} no sirve: {_WHY.get(error.code, error.code)}.") from error
    told = TakenIn(kiosk.id)
    for letter, request in zip(letters, requests, strict=True):
        response = ingest.submit_carried(request).result()
        told.count(request, response, before)
        told.receipts.append(_receipt(keys, letter, to_json(response)))
    return told


_WHY = {
    "bad_request": "está dañado",
    "bad_protocol": "es de otra versión del programa",
    "foreign_child": "mezcla equipos distintos",
    "foreign_stream": "trae eventos de otro equipo",
    "batch_too_large": "trae demasiados eventos en una línea",
}


def _sender(connection: Connection, path: Path, letters: tuple[Letter, ...]) -> Kiosk:
    """The machine that wrote all of them.

    Raises:
        PaperError: nobody whom this server knows.
    """
    try:
        names = {from_json(letter.body.encode(), _Child).child for letter in letters}
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise PaperError(f"{path} está dañado; expórtelo otra vez.") from error
    if len(names) > 1:
        raise PaperError(f"{path} mezcla equipos distintos.")
    (name,) = names
    kiosk = kiosk_of_name(connection, name)
    if kiosk is None or kiosk.is_revoked:
        raise PaperError(f"«{name}» no es un equipo de este servidor, o su inscripción fue anulada.")
    # a former key counts, too: what a machine wrote before its disk was lost may be on the stick alone
    known = {key.hex() for key in keys_of(connection, name)}
    if not all(letter.device in known and letter.is_signed for letter in letters):
        raise PaperError(f"{path} no lleva la firma de «{name}».")
    return kiosk


def _receipt(keys: Keys, letter: Letter, body: bytes) -> Receipt:
    """The answer on paper."""
    return Receipt(letter, keys.signature(receipt_words(letter, body)).hex(), body.decode())
