"""What everybody may know of a cargo: the facts that were signed, and whether a PDF is one of ours.

No name, no subject. The codes are random (60 bits), and whoever tries many from one address waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.filings import CODE_CHARS, typed
from exchange.signing import is_signed
from server.brake import Brake
from server.faults import Refusal
from server.filing.cargo import received
from server.filing.cargo_check import LARGEST_FILE, Checked, Finding, checked
from server.filing.cargo_statement import stated
from server.store.filings import filing_by_code, steps_of
from server.store.settings import cargo_keys

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from domain.clock import Clock
    from server.filing.cargo_seal import CargoSeal
    from server.filing.cargo_statement import CargoStatement
    from server.keys import Keys
    from server.offices import Offices

LOOKS_A_MINUTE = 30
FILES_A_MINUTE = 10


@dataclass(frozen=True, slots=True)
class Verified:
    """A cargo by its code. ``signature`` (64 bytes) was checked just now; None where another node received it.

    ``of_file`` is what was found out about a file, None where none was handed in.
    """

    statement: CargoStatement
    signature: bytes | None
    of_file: Finding | None = None


class Verification:
    """Looks for cargos, and checks files. Not a dataclass, because Litestar would build one."""

    def __init__(self, *, offices: Offices, keys: Keys, seal: CargoSeal, clock: Clock, read: Engine) -> None:
        self._offices = offices
        self._keys = keys
        self._seal = seal
        self._read = read
        self._looks = Brake(clock, most=LOOKS_A_MINUTE)
        self._files = Brake(clock, most=FILES_A_MINUTE)

    def by_code(self, written: str, address: str) -> Verified:
        """The cargo of a code as somebody wrote it.

        Raises:
            Refusal: 404 nobody's code; 429 too many looks from that address.
        """
        self._looks.pass_by(address)
        code = typed(written[:64], CODE_CHARS)
        statement = None if code is None else self._statement(code)
        if statement is None:
            raise Refusal(404, "unknown_cargo_code")
        return Verified(statement, self._signature(statement))

    def by_file(self, data: bytes, address: str) -> Checked | Verified:
        """What a PDF is, with the facts if it is a cargo. Nothing of it is kept.

        Raises:
            Refusal: 400 no file; 413 it is too large; 429 too many files from that address.
        """
        self._files.pass_by(address)
        if not data:
            raise Refusal(400, "no_cargo_file")
        if len(data) > LARGEST_FILE:
            raise Refusal(413, "too_large")
        believed = self._believed()
        found = checked(data, frozenset().union(*believed.values()))
        if found.statement is None:
            return found
        known = self._statement(found.statement.code)
        if known is None or not known.is_of(found.statement) or found.key not in believed.get(known.office, ()):
            return Checked(Finding.OTHER)
        return Verified(known, self._signature(known), found.finding)

    def _believed(self) -> dict[str, frozenset[bytes]]:
        """By office, whose signature on its cargos counts: of others than ours, as their home nodes told."""
        with self._read.connect() as connection:
            believed = cargo_keys(connection)
        for office in self._offices.here:
            believed[office.id] = believed.get(office.id, frozenset()) | self._seal.signing
        return believed

    def public_key(self) -> bytes:
        """The key that checks every statement's signature, as PEM."""
        key = Ed25519PublicKey.from_public_bytes(self._keys.sign_public)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def _statement(self, code: str) -> CargoStatement | None:
        with self._read.connect() as connection:
            filing = filing_by_code(connection, code)
            if filing is None:
                return None
            first = received(filing, steps_of(connection, filing.id))
        office = self._offices.of(filing.office)
        if office is None:
            return None
        return stated(filing, first, office, self._offices.filing_rules_of(filing.office))

    def _signature(self, statement: CargoStatement) -> bytes | None:
        """Only what was received here is signed here: of other offices a centre knows what they said."""
        if not self._offices.called_here(statement.office):
            return None
        signature = self._keys.signature(statement.words)
        return signature if is_signed(self._keys.sign_public, statement.words, signature) else None
