"""What a request shows of the machine that sent it: a key, a turn, and a signature of the whole by that key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.signing import DEVICE_HEADER, LARGEST_TURN, SIGNATURE_HEADER, TURN_HEADER, request_words
from exchange.signing import is_signed
from server.faults import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = re.compile(r"[0-9a-f]{64}")
_TURN = re.compile(r"[0-9]{1,16}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class Proof:
    """The holder of ``device_key`` signed this request, in its ``turn``."""

    device_key: bytes
    turn: int
    signature: bytes


def prove(headers: Mapping[str, str], method: str, path: str, body: bytes) -> Proof:
    """Who signed a request, whoever that is.

    Raises:
        Refusal: 401, nobody did (`no_credentials`), or it is not what they signed (`bad_signature`).
    """
    key, turn, signature = (headers.get(name, "") for name in (DEVICE_HEADER, TURN_HEADER, SIGNATURE_HEADER))
    if not (_KEY.fullmatch(key) and _TURN.fullmatch(turn) and _SIGNATURE.fullmatch(signature)):
        raise Refusal(401, "no_credentials")
    proof = Proof(bytes.fromhex(key), int(turn), bytes.fromhex(signature))
    is_theirs = is_signed(proof.device_key, request_words(method, path, proof.turn, body), proof.signature)
    if not is_theirs or not 1 <= proof.turn <= LARGEST_TURN:
        raise Refusal(401, "bad_signature")
    return proof
