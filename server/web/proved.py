"""Requests that a machine signs, and answers that the server signs for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Response

from domain.signing import ANSWER_HEADER, answer_words
from server.faults import Refusal
from server.proof import prove

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar import Request

    from server.keys import Keys
    from server.proof import Proof
    from server.web.faults import Explainer


def proof_of(request: Request[Any, Any, Any], body: bytes = b"") -> Proof:
    """Who signed ``request``.

    Raises:
        Refusal: 401, nobody did, or it is not what they signed.
    """
    return prove(request.headers, request.method, request.scope["path"], body)


class Signer:
    """Signs answers. Not a dataclass, because Litestar would build one.

    Only answers to requests that were signed themselves: otherwise anybody could have words signed that seem to answer
    another's request.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @property
    def public_key(self) -> str:
        """By which anybody can check what this server signed, 64 hexadecimal digits."""
        return self._keys.sign_public.hex()

    def signed(self, proof: Proof, answer: Response[Any]) -> Response[Any]:
        """``answer``, whose content is bytes, with the server's signature."""
        status = answer.status_code or 200
        signature = self._keys.signature(answer_words(proof.signature, status, answer.content))
        answer.headers[ANSWER_HEADER] = signature.hex()
        return answer

    def answered(
        self, request: Request[Any, Any, Any], proof: Proof, explainer: Explainer, act: Callable[[], bytes]
    ) -> Response[Any]:
        """What ``act`` returns, or why it refused; signed either way."""
        try:
            answer: Response[Any] = Response(act(), media_type="application/json")
        except Refusal as refusal:
            answer = explainer.refused(request, refusal)
        return self.signed(proof, answer)
