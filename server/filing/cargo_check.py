"""Checks a PDF that somebody hands in as a cargo, whatever it is, without reading it as a PDF.

A cargo is signed from its first byte to its last, but for the place of the signature itself. So it is enough to find
that place and to compare hashes: a file that passes is, byte for byte but for the signature's wrapping, one that we
made, and of any other nothing is unpacked, drawn or followed. Only our own keys are ever computed with. All of it takes
as long as hashing the file.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from asn1crypto import cms
from pyhanko.sign.general import check_ess_certid, find_unique_cms_attribute
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from server.filing.cargo_statement import statement_in

if TYPE_CHECKING:
    from collections.abc import Collection

    from server.filing.cargo_statement import CargoStatement

LARGEST_FILE = 1024 * 1024
"""Bytes of a PDF; ours have 30,000, and one with 200 annexes 60,000."""
_LARGEST_SIGNATURE = 64 * 1024
_RANGE = re.compile(rb"/ByteRange\s{0,8}\[\s{0,8}0\s{1,8}(\d{1,8})\s{1,8}(\d{1,8})\s{1,8}(\d{1,8})\s{0,80}\]")
_HASHES = frozenset({"sha256", "sha384", "sha512"})


class Finding(Enum):
    """What is found out about a file."""

    WHOLE = "whole"
    """Signed by us, and nothing was changed since."""
    ADDED_TO = "added_to"
    """What we signed is there, and something was added behind it that a reader may show in its place."""
    ALTERED = "altered"
    """It bears our certificate, and not our bytes."""
    STRANGER = "stranger"
    """Nobody signed it whose key is known here."""
    UNSIGNED = "unsigned"
    NOT_PDF = "not_pdf"
    OTHER = "other"
    """Signed by us or the entity, and no cargo that was received here."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A finding. Where the signature holds, ``statement`` is what the file says, and ``key`` who signed it."""

    finding: Finding
    statement: CargoStatement | None = None
    key: bytes = b""


def checked(data: bytes, believed: Collection[bytes]) -> Checked:
    """What a file is, by the public keys (DER) that are ``believed``."""
    if not data.startswith(b"%PDF-"):
        return Checked(Finding.NOT_PDF)
    found = _RANGE.search(data)
    if found is None:
        return Checked(Finding.UNSIGNED)
    before, after, rest = (int(number) for number in found.groups())
    if not (0 < before < after <= len(data) and after - before <= _LARGEST_SIGNATURE):
        return Checked(Finding.ALTERED)
    signature = _signature(data[before:after])
    if signature is None:
        return Checked(Finding.ALTERED)
    if _key(signature) not in believed:
        return Checked(Finding.STRANGER)
    whole = after + rest
    if whole > len(data) or not _holds(signature, data[:before] + data[after:whole]):
        return Checked(Finding.ALTERED)
    statement = statement_in(data[:whole])
    if statement is None:
        return Checked(Finding.OTHER)
    return Checked(Finding.WHOLE if whole == len(data) else Finding.ADDED_TO, statement, _key(signature))


def _signature(place: bytes) -> Any:
    """The one signature of one signer, with their certificate, in ``<…>`` and filled up with zeros; None for else."""
    try:
        raw = bytes.fromhex(place[1:-1].decode("ascii"))
        whole = cms.ContentInfo.load(raw)
        if place != f"<{raw.hex()}>".upper().encode() or raw[len(whole.dump()) :].strip(b"\0"):
            return None
        signed = whole["content"]
        [info], certificates = signed["signer_infos"], [one.chosen for one in signed["certificates"]]
        wanted = info["sid"].chosen["serial_number"].native
        [certificate] = [one for one in certificates if one.serial_number == wanted]
        is_sound = (
            info["digest_algorithm"]["algorithm"].native in _HASHES
            and len(info["signed_attrs"]) > 0
            and signed["encap_content_info"]["content"].native is None
        )
    except Exception:  # noqa: BLE001 whatever a stranger's bytes do to a parser, they are no signature of ours
        return None
    return (info, certificate) if is_sound else None


def _key(signature: Any) -> bytes:
    return bytes(signature[1].public_key.dump())


def _holds(signature: Any, words: bytes) -> bool:
    """Whether those words are what it signed, and its certificate, in all its bytes, the one that it names."""
    info, certificate = signature
    digest = hashlib.new(info["digest_algorithm"]["algorithm"].native, words).digest()
    try:
        is_intact, is_valid = validate_sig_integrity(info, certificate, "data", digest)
        [named] = find_unique_cms_attribute(info["signed_attrs"], "signing_certificate_v2")["certs"]
        is_named = check_ess_certid(certificate, named)
    except Exception:  # noqa: BLE001 as above: signed attributes that are none
        return False
    return bool(is_intact and is_valid and is_named)
