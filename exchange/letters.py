"""The exchange where there is no network: the same requests and answers, one a line, in files that people carry.

A letter is a request as it would have been posted, signed alike; a receipt is its answer. A file of letters is complete
when the last one says that nothing is left behind it, so a line that was lost is noticed.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import msgspec

from domain import __version__
from domain.messages import PROTOCOL, ClockReading, ExchangeRequest, ExchangeResponse, Push, from_json, to_json
from domain.signing import answer_words, request_words
from domain.sync import LARGEST_BATCH, Cursor, spans
from exchange.signing import is_signed
from exchange.whole import whole_file
from exchange.wire import PATH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from exchange.client import Book, Clock
    from exchange.signing import DeviceKey

LARGEST_FILE_BYTES = 512 * 1024 * 1024
"""More than half a million events: nothing that a kiosk could have waited with."""


class Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request on paper: what stands in the headers of a POST (`domain.signing`), and its ``body``.

    The body is the JSON of `ExchangeRequest`; ``device`` and ``signature`` are in hexadecimal.
    """

    device: str
    turn: int
    signature: str
    body: str

    @property
    def request(self) -> ExchangeRequest:
        """What the machine said. Raises: msgspec.DecodeError, it is no request."""
        return from_json(self.body.encode(), ExchangeRequest)

    @property
    def is_signed(self) -> bool:
        """Whether the holder of ``device`` wrote it so."""
        words = request_words("POST", PATH, self.turn, self.body.encode())
        return is_signed(_bytes(self.device), words, _bytes(self.signature))


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The server's answer to ``letter``, which comes back with it: its ``body``, and its signature in hexadecimal."""

    letter: Letter
    signature: str
    body: str

    @property
    def response(self) -> ExchangeResponse:
        """What the server said. Raises: msgspec.DecodeError, it is no answer."""
        return from_json(self.body.encode(), ExchangeResponse)

    def is_signed_by(self, server_key: bytes) -> bool:
        """Whether the server of that key answered so to that very letter."""
        return is_signed(server_key, receipt_words(self.letter, self.body.encode()), _bytes(self.signature))


def receipt_words(letter: Letter, body: bytes) -> bytes:
    """What a server signs of its answer: the same as if it had come and gone by the network."""
    return answer_words(_bytes(letter.signature), HTTPStatus.OK, body)


def _bytes(digits: str) -> bytes:
    """What hexadecimal digits stand for; nothing where they are none."""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


class PaperError(Exception):
    """A file of letters or receipts cannot be used, none of it. ``args[0]`` is Spanish."""


def requests(child: str, book: Book, clock: Clock) -> Iterator[ExchangeRequest]:
    """Everything that ``book`` has to send, in requests as large as they may be; none where nothing is to be sent.

    What is written meanwhile is left for the next time.

    Raises:
        PaperError: a new life began meanwhile.
    """
    held = dict(book.held())
    left = sum(one.last - one.cursor.upto for one in held.values() if not one.is_cut)
    while left:
        pushes = tuple(
            Push(span.stream, span.after + 1, book.events(span))  # type: ignore[arg-type] # JSON that is one
            for span in spans(held, LARGEST_BATCH)
        )
        found = sum(len(push.events) for push in pushes)
        if not found:
            raise PaperError("El kiosco cambió mientras se exportaba; inténtelo otra vez.")
        left -= found
        yield ExchangeRequest(
            proto=PROTOCOL,
            child=child,
            child_epoch=book.own().epoch,
            known_parent_epoch=book.link().parent_epoch,
            streams=pushes,
            pull=(),
            clock=ClockReading(clock.wall(), clock.monotonic_s()),
            app_version=__version__,
            backlog=left,
            take_stock=True,
        )
        for push in pushes:
            one = held[push.stream]
            upto = one.cursor.upto + len(push.events)
            held[push.stream] = replace(one, cursor=Cursor(upto, one.cursor.central_upto))


def write_letters(path: Path, found: Iterable[ExchangeRequest], device: DeviceKey, *, first_turn: int) -> None:
    """Writes one line a request, each signed by ``device`` in a turn of its own from ``first_turn`` on.

    Raises:
        WriteError: the file is there already, or cannot be written; then nothing of it is left.
    """
    with whole_file(path) as file:
        for turn, request in enumerate(found, first_turn):
            file.write(to_json(_letter(device, turn, to_json(request))) + b"\n")


def _letter(device: DeviceKey, turn: int, body: bytes) -> Letter:
    signed = device.sign_request("POST", PATH, turn, body)
    return Letter(device.public.hex(), turn, signed.signature.hex(), body.decode())


def read_letters(path: Path) -> tuple[Letter, ...]:
    """The letters of one machine, all of them.

    Raises:
        PaperError: the file is damaged, not complete, or nothing of the kind.
        OSError: it cannot be read.
    """
    letters = _lines(path, Letter, "una exportación de kiosco")
    if any(later.device != first.device or later.turn <= first.turn for first, later in pairwise(letters)):
        raise PaperError(f"{path} tiene líneas de más, de menos o en otro orden; expórtelo otra vez.")
    try:
        last = from_json(letters[-1].body.encode(), _Backlog)
    except msgspec.DecodeError as error:
        raise PaperError(f"{path} está dañado; expórtelo otra vez.") from error
    if last.backlog:
        raise PaperError(f"{path} está incompleto: le faltan {last.backlog} eventos del final. Expórtelo otra vez.")
    return letters


class _Backlog(msgspec.Struct):
    backlog: int


def write_receipts(path: Path, receipts: Iterable[Receipt]) -> None:
    """Writes the answers, in the place of those that were there.

    Raises:
        WriteError: they cannot be written.
    """
    with whole_file(path, replace=True) as file:
        for receipt in receipts:
            file.write(to_json(receipt) + b"\n")


def read_receipts(path: Path) -> tuple[Receipt, ...]:
    """The answers to a machine's letters.

    Raises:
        PaperError: the file is damaged, or nothing of the kind.
        OSError: it cannot be read.
    """
    receipts = _lines(path, Receipt, "un recibo")
    try:
        for receipt in receipts:
            _ = receipt.response, receipt.letter.request
    except msgspec.DecodeError as error:
        raise PaperError(f"{path} está dañado; impórtelo otra vez en el servidor.") from error
    return receipts


_L = TypeVar("_L", Letter, Receipt)


def _lines(path: Path, shape: type[_L], what: str) -> tuple[_L, ...]:
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise PaperError(f"{path} no es {what}: es demasiado grande.")
    raw = path.read_bytes()
    if not raw.endswith(b"\n"):
        raise PaperError(f"{path} no es {what}, o está incompleto.")
    try:
        return tuple(from_json(line, shape) for line in raw[:-1].split(b"\n"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PaperError(f"{path} no es {what}, o está dañado.") from error
