"""What a server signs of a cargo: the facts that anybody may know, without a name and without a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from domain.clock import in_lima
from domain.messages import from_json, to_json

if TYPE_CHECKING:
    from domain.filings import FilingRules
    from domain.office import Office
    from server.filing.cargo import Received
    from server.store.filings import Filing

WHAT = "kiosk-cargo-1"
"""How these words begin, so that what was signed as something else can never be shown as a cargo."""
RECEIVED = "recibido"
LONGEST = 8_192
"""Bytes of a statement; the names of an entity and its office are the only long things in it."""
_BEGINS = b'{"what":"' + WHAT.encode() + b'"'


class CargoStatement(msgspec.Struct, frozen=True):
    """The facts of a reception, which nothing later changes. ``received_at`` is ISO 8601 in Lima's time.

    ``folios`` and ``annexes`` count what came with the reception itself.
    """

    what: str
    code: str
    entity: str
    office: str
    office_name: str
    register: str
    expediente: str
    received_at: str
    document_type: str
    folios: int
    annexes: int
    status: str = RECEIVED

    @property
    def words(self) -> bytes:
        """The very bytes that are signed: JSON in UTF-8, without blanks, in this order."""
        return to_json(self)

    def is_of(self, other: CargoStatement) -> bool:
        """Whether it tells of the same reception. Names are no part of it: an entity may be called otherwise by now."""
        return all(getattr(self, name) == getattr(other, name) for name in _INVARIABLE)


_INVARIABLE = ("what", "code", "office", "register", "expediente", "received_at", "folios", "annexes", "status")


def stated(filing: Filing, first: Received, office: Office, rules: FilingRules) -> CargoStatement:
    """The statement of a filing."""
    return CargoStatement(
        what=WHAT,
        code=filing.code,
        entity=office.entity,
        office=filing.office,
        office_name=office.name,
        register=str(filing.register),
        expediente=filing.expediente,
        received_at=in_lima(filing.received_at).isoformat(timespec="seconds"),
        document_type=rules.type_name(filing.document_type),
        folios=first.folios,
        annexes=first.annexes,
    )


def statement_in(pdf: bytes) -> CargoStatement | None:
    """The statement that travels in a cargo's PDF, where it stands as it is; None for a file without one."""
    start = pdf.find(_BEGINS)
    end = pdf.find(b"\nendstream", start, start + LONGEST) if start >= 0 else -1
    if end < 0:
        return None
    try:
        return from_json(pdf[start:end], CargoStatement)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
