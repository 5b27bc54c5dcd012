"""Every error as it leaves the server: a `domain.messages.Fault` for programs, a friendly page for people."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from litestar import Response
from litestar.exceptions import HTTPException
from litestar.response import Template
from sqlalchemy.exc import OperationalError

from domain.messages import Fault, to_json
from server.faults import Refusal

if TYPE_CHECKING:
    import gettext

    from litestar import Request
    from litestar.types import ExceptionHandlersMap

_log = logging.getLogger(__name__)

PROGRAM_PATHS = ("/sync/", "/api/", "/q/", "/events/", "/healthz", "/fleet.json")
_CODES = {
    400: "bad_request", 401: "no_credentials", 403: "forbidden", 404: "not_found", 405: "bad_method",
    413: "too_large", 415: "bad_request", 429: "too_many_tries", 503: "busy",
}  # fmt: skip
_BUSY_S = 5


def _allowed(error: HTTPException) -> dict[str, str]:
    """The methods of an address, for who used another; HEAD goes wherever GET does (`server.web.head`)."""
    allow = (error.headers or {}).get("allow", "").split(", ")
    return {"Allow": ", ".join([*allow, "HEAD"] if "GET" in allow else allow)} if allow != [""] else {}


class Explainer:
    """Words faults in Spanish."""

    def __init__(self, texts: gettext.NullTranslations) -> None:
        self.texts = texts

    def message(self, refusal: Refusal) -> str:
        """What a refusal says to people."""
        return self.texts.gettext(f"fault.{refusal.code}") % refusal.details

    def text(self, key: str) -> str:
        """The words of a key."""
        return self.texts.gettext(key)

    def handlers(self) -> ExceptionHandlersMap:
        """For Litestar: by kind of exception."""
        return {
            Refusal: self.refused,
            HTTPException: self._http,
            OperationalError: self._unusable,
            Exception: self._unexpected,
        }

    def refused(self, request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
        """A refusal's answer."""
        headers = {"Retry-After": refusal.details.get("seconds", str(_BUSY_S))} if refusal.retryable else {}
        return self._answer(request, refusal, headers)

    def _http(self, request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        code = _CODES.get(error.status_code, "bad_request" if error.status_code < 500 else "internal")  # noqa: PLR2004 HTTP
        return self._answer(request, Refusal(error.status_code, code), _allowed(error))

    def _unexpected(self, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        if "\0" in request.url.path:  # no file has such a name; the system says so by an exception
            return self._answer(request, Refusal(404, "not_found"), {})
        # the route's pattern, not the path: a path may hold a citizen's token
        _log.error("web.failed route=%s", request.scope.get("path_template", "?"), exc_info=error)
        return self._answer(request, Refusal(500, "internal"), {})

    def _unusable(self, request: Request[Any, Any, Any], error: OperationalError) -> Response[Any]:
        """The disk is full or fails, or the database does not answer: one line, for there may be no room for more."""
        _log.error("store.unusable route=%s why=%s", request.scope.get("path_template", "?"), error.orig)
        return self.refused(request, Refusal(503, "store_unusable"))

    def _answer(self, request: Request[Any, Any, Any], refusal: Refusal, headers: dict[str, str]) -> Response[Any]:
        message = self.message(refusal)
        if request.url.path.startswith(PROGRAM_PATHS):
            turn = int(refusal.details["turn"]) if "turn" in refusal.details else None
            fault = to_json(Fault(refusal.code, message, turn))
            return Response(fault, status_code=refusal.status, headers=headers, media_type="application/json")
        context = {"message": message, "status": refusal.status}
        return Template("fault.html", context=context, status_code=refusal.status, headers=headers)
