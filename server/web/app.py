"""The web application: its routes and what they need, as lists."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litestar import Litestar, Router, get
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from domain import __version__
from server.web import (
    acts,
    board,
    citizens,
    desk,
    desk_api,
    filings_api,
    fleet,
    follow,
    follow_api,
    handover,
    live,
    password,
    phone,
    sync,
    turns,
    units,
)
from server.web.admin import router as admin
from server.web.described import credentials
from server.web.faults import Explainer
from server.web.filing import cargo, reception, reception_pages, request_pages, verify
from server.web.head import HeadToo
from server.web.headers import secure_headers, session_cookie
from server.web.pages import STATIC, template_engine, theme_css
from server.web.remembered import FewPages

if TYPE_CHECKING:
    import gettext
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from litestar.types import ControllerRouterHandler
    from sqlalchemy import Engine

    from domain.clock import Clock
    from server.audit import AuditLog
    from server.board import Board
    from server.brake import Brake
    from server.codes import Enroller
    from server.copies import Copies
    from server.desk import Desk
    from server.door import Door
    from server.enrolment import Registry
    from server.filing.cargo_desk import Cargos
    from server.filing.cargo_public import Verification
    from server.filing.deadlines import Deadlines
    from server.filing.office import Filings
    from server.filing.programs import Programs
    from server.filing.register import Register
    from server.filing.tracking import FilingTracking
    from server.filing.units import Units
    from server.fleet import Fleet
    from server.history import History
    from server.hub import Hub
    from server.ingest import Ingest
    from server.office_page import OfficePage
    from server.offices import Offices
    from server.overview import Overlooker
    from server.phone import Phone
    from server.public import PublicQueue, Tracking
    from server.store.writer import Writer
    from server.turns import Turns
    from server.web.proved import Signer

LARGEST_BODY = 1024 * 1024
_NOT_COMPRESSED = [
    "^/events/",
    "^/q/",
    "^/desk",
    "^/admin",
    "^/fleet",
    "^/units",
    "^/sync/",
    "^/board/.*/call/",
    "^/slide/",
    "^/api/v1/turns/",
    "^/api/v1/(filings|status)",
    "^/[Ee]/?$",
]
"""Live streams, which would wait; what is compressed already; sounds; secrets beside typed words (BREACH)."""
_FOR_EVER = CacheControlHeader(max_age=31536000, public=True, immutable=True)


@dataclass(frozen=True, slots=True)
class Services:
    """What the handlers ask for, by the name of their parameter."""

    offices: Offices
    ingest: Ingest
    registry: Registry
    enroller: Enroller
    enrolments: Brake
    signer: Signer
    copies: Copies
    fleet: Fleet
    door: Door
    desk: Desk
    filings: Filings
    programs: Programs
    filing_tracking: FilingTracking
    units: Units
    cargos: Cargos
    verification: Verification
    deadlines: Deadlines
    register: Register
    board: Board
    public_queue: PublicQueue
    tracking: Tracking
    phone: Phone
    office_page: OfficePage
    turns: Turns
    overlooker: Overlooker
    history: History
    audit_log: AuditLog
    hub: Hub
    writer: Writer
    read: Engine
    clock: Clock


@get("/", include_in_schema=False)
async def home() -> Redirect:
    """People who type the server's name work here."""
    return Redirect("/desk")


@get("/theme.css", include_in_schema=False, media_type="text/css", cache_control=_FOR_EVER)
async def theme() -> str:
    """The colours, from `assets.theme`."""
    return theme_css()


def routes() -> list[ControllerRouterHandler]:
    """Every address that the server answers. Only those who work here have cookies, and forms that need a token."""
    folders = [folder for folder in STATIC if folder.is_dir()]
    static = create_static_files_router("/static", directories=[*folders], cache_control=_FOR_EVER)
    without_forms: list[ControllerRouterHandler] = [
        home, theme, *sync.ROUTES, *turns.ROUTES, *follow_api.ROUTES,
        *live.ROUTES, *board.ROUTES, *citizens.ROUTES, *fleet.ROUTES, static
    ]  # fmt: skip
    open_to_all = Router("/", route_handlers=without_forms, opt={"exclude_from_csrf": True})
    return [
        desk.router(
            [
                *acts.HANDLERS,
                *reception.HANDLERS,
                *reception_pages.HANDLERS,
                *request_pages.AT_DESK,
                *cargo.HANDLERS,
                *handover.HANDLERS,
            ]
        ),
        admin.router(),
        password.router(),
        fleet.router(),
        phone.router(request_pages.ON_PHONE),
        follow.router(),
        units.router(),
        verify.router(),
        desk_api.router(),
        filings_api.router(),
        open_to_all,
    ]


def create_app(
    services: Services,
    *,
    texts: gettext.NullTranslations,
    clock: Clock,
    cookie_secret: bytes,
    public_url: str,
    lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]],
) -> Litestar:
    """The application over ``services``."""
    explainer = Explainer(texts)
    is_https = public_url.startswith("https://")
    given: dict[str, Any] = {name: getattr(services, name) for name in Services.__slots__} | {
        "explainer": explainer,
        "texts": texts,
    }
    return HeadToo(
        route_handlers=routes(),
        dependencies={name: _given(value) for name, value in given.items()},
        state=State(
            {
                "is_https": is_https,
                "public_url": public_url,
                "explainer": explainer,
                "offices": services.offices,
                "hub": services.hub,
            }
        ),
        stores={"response_cache": FewPages()},
        lifespan=[lifespan],
        exception_handlers=explainer.handlers(),
        before_send=[secure_headers(is_https=is_https)],
        csrf_config=CSRFConfig(
            secret=cookie_secret.hex(),
            cookie_name=_csrf_cookie(cookie_secret, is_https=is_https),
            cookie_httponly=True,
            cookie_samesite="strict",
            cookie_secure=is_https,
        ),
        compression_config=CompressionConfig("gzip", minimum_size=400, gzip_compress_level=4, exclude=_NOT_COMPRESSED),
        request_max_body_size=LARGEST_BODY,
        logging_config=None,  # the program's own, set where it starts
        debug=False,
        template_config=TemplateConfig(instance=template_engine(services.offices, texts, clock)),
        openapi_config=OpenAPIConfig(
            title="Servidor de turnos",
            version=__version__,
            path="/api",
            render_plugins=[JsonRenderPlugin()],
            components=credentials(session_cookie(is_https=is_https)),
        ),
    )


def _csrf_cookie(secret: bytes, *, is_https: bool) -> str:
    """Another name for another secret: a browser's cookie from an earlier database would be refused for ever."""
    return f"{'__Host-' if is_https else ''}form-{hashlib.sha256(secret).hexdigest()[:8]}"


def _given(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False, use_cache=True)
