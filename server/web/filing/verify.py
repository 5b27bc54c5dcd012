"""The public page of cargos: what was signed, by the code that stands on them, and whether a PDF is one of them."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody
from litestar.response import Redirect, Template

from domain.filings import CODE_CHARS, typed
from server.faults import Refusal
from server.filing.cargo import grouped
from server.filing.cargo_check import LARGEST_FILE, Checked, Finding
from server.filing.cargo_public import Verification, Verified
from server.offices import Offices
from server.web.desk import address_of
from server.web.headers import same_origin
from server.web.languages import words_for
from server.web.phone import refused

VerifyRequest = Request[Any, Any, State]
Upload = MultipartBody[dict[str, Any]]

_FORM_BYTES = 16 * 1024
"""What a browser writes around the file that it sends."""
_AS_FILE = {"Content-Disposition": "attachment"}


def _page(
    request: VerifyRequest,
    offices: Offices,
    *,
    verified: Verified | None = None,
    finding: Finding | None = None,
    refusal: Refusal | None = None,
    written: str = "",
) -> Template:
    words = words_for(request, offices)
    seconds = refusal.details.get("seconds") if refusal else None
    context = {
        "verified": verified,
        "finding": finding.value if finding else "",
        "alert": words.why(refusal) if refusal else "",
        "written": written[: 2 * CODE_CHARS],
        "code": grouped(verified.statement.code) if verified else "",
        "largest": LARGEST_FILE,
        "elsewhere": verified is not None and verified.signature is None,
    }
    headers = {"Retry-After": seconds} if seconds else {}
    return words.page("verify.html", context, status=refusal.status if refusal else 200, headers=headers)


@get("/verify", sync_to_thread=True)
def ask(request: VerifyRequest, offices: NamedDependency[Offices]) -> Template | Redirect:
    """Where a code is typed or a file handed in. A typed code leads to its own address, if it can be one."""
    written = request.query_params.get("code", "")
    code = typed(written[:64], CODE_CHARS)
    if code is not None:
        language = request.query_params.get("l", "")
        return Redirect(f"/verify/{grouped(code)}" + (f"?l={language}" if language.isalpha() else ""), status_code=303)
    refusal = Refusal(404, "unknown_cargo_code") if written.strip() else None
    return _page(request, offices, refusal=refusal, written=written)


@get("/verify/{code:str}", sync_to_thread=True)
def show(
    request: VerifyRequest,
    code: FromPath[str],
    verification: NamedDependency[Verification],
    offices: NamedDependency[Offices],
) -> Template:
    """What was signed of the cargo with that code."""
    try:
        verified = verification.by_code(code, address_of(request))
    except Refusal as refusal:
        return _page(request, offices, refusal=refusal, written=code)
    return _page(request, offices, verified=verified)


@post(
    "/verify",
    status_code=200,
    guards=[same_origin],
    request_max_body_size=LARGEST_FILE + _FORM_BYTES,
    sync_to_thread=True,
)
def hand_in(
    request: VerifyRequest,
    data: Upload,
    verification: NamedDependency[Verification],
    offices: NamedDependency[Offices],
) -> Template:
    """What a PDF is; nothing of it is kept."""
    file = data.get("file")
    raw = file.file.read() if isinstance(file, UploadFile) else b""
    try:
        found = verification.by_file(raw, address_of(request))
    except Refusal as refusal:
        return _page(request, offices, refusal=refusal)
    if isinstance(found, Checked):
        return _page(request, offices, finding=found.finding)
    return _page(request, offices, verified=found, finding=found.of_file)


def _signed(code: str, request: VerifyRequest, verification: Verification) -> tuple[Verified, bytes]:
    verified = verification.by_code(code, address_of(request))
    if verified.signature is None:
        raise Refusal(404, "unknown_cargo_code")
    return verified, verified.signature


@get("/verify/{code:str}/cargo.json", sync_to_thread=True)
def statement(
    request: VerifyRequest, code: FromPath[str], verification: NamedDependency[Verification]
) -> Response[bytes]:
    """The very bytes that were signed."""
    verified, _ = _signed(code, request, verification)
    return Response(verified.statement.words, media_type="application/json", headers=_AS_FILE)


@get("/verify/{code:str}/cargo.sig", sync_to_thread=True)
def signature(
    request: VerifyRequest, code: FromPath[str], verification: NamedDependency[Verification]
) -> Response[bytes]:
    """The 64 bytes of their signature."""
    _, signed = _signed(code, request, verification)
    return Response(signed, media_type="application/octet-stream", headers=_AS_FILE)


@get("/verify/clave.pem", sync_to_thread=True)
def public_key(verification: NamedDependency[Verification]) -> Response[bytes]:
    """The key that checks them."""
    return Response(verification.public_key(), media_type="application/x-pem-file", headers=_AS_FILE)


def router() -> Router:
    """Everything under /verify; nobody signs in here, so there is no token of a form."""
    return Router(
        "/",
        route_handlers=[ask, show, hand_in, statement, signature, public_key],
        include_in_schema=False,
        opt={"exclude_from_csrf": True},
        exception_handlers={Refusal: refused},
    )
