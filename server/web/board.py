"""The waiting room's boards, what they say, and the slides on them."""

import hashlib
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from domain import __version__
from domain.clock import Micros
from domain.office import Office
from server.board import Board
from server.faults import Refusal
from server.hub import Hub
from server.offices import Offices
from server.store.boards import MAIN_BOARD, Zone
from server.store.versions import queue_topic
from server.web.pages import static_url, theme_css

_LOOKS = ("pages.css", "board.css", "live.js", "board.js")
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # the address changes with the content
_TURN_US = 12_000_000
"""How long a slide or a notice stands, in microseconds, where no script turns them."""


def office_asked(request: Request[Any, Any, State], offices: Offices) -> Office:
    """The office that the address names (``?office=ID``), the main one where it names none.

    Raises:
        Refusal: 404, nothing is known of that office.
    """
    asked = request.query_params.get("office", "")
    office = offices.of(asked) if asked else offices.main
    if office is None:
        raise Refusal(404, "not_found")
    return office


def shown_as(office: Office, offices: Offices, now: Micros) -> dict[str, Any]:
    """What a page of an office that may be called elsewhere needs: whose page it is, and how old what it shows is."""
    is_main = office.id == offices.main.id
    return {
        "office": lambda: office,
        "of_office": "" if is_main else f"?office={office.id}",
        "as_of": offices.stale_since(office.id, now),
    }


def _zone(board: Board, office: Office, name: str) -> Zone:
    """The board of that name.

    Raises:
        Refusal: 404.
    """
    zone = board.zone(office.id, name)
    if zone is None:
        raise Refusal(404, "not_found")
    return zone


def _edition(office: Office, zone: Zone) -> str:
    """Changes with whatever a page holds that is not read again: the program, its looks, the names at its head."""
    parts = [__version__, theme_css(), *map(static_url, _LOOKS), office.entity, office.name, zone.title]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@get("/board", include_in_schema=False, sync_to_thread=True)
def choose_board(
    request: Request[Any, Any, State], board: NamedDependency[Board], offices: NamedDependency[Offices]
) -> Template | Redirect:
    """The boards of the office, or its board if it has but one."""
    office = office_asked(request, offices)
    zones, shown = board.zones(office.id), shown_as(office, offices, board.now())
    if len(zones) == 1:
        return Redirect(f"/board/{MAIN_BOARD}{shown['of_office']}")
    return Template("boards.html", context={"zones": zones} | shown)


@get("/board/{name:str}", include_in_schema=False, sync_to_thread=True)
def show_board(
    name: FromPath[str],
    request: Request[Any, Any, State],
    board: NamedDependency[Board],
    hub: NamedDependency[Hub],
    offices: NamedDependency[Offices],
) -> Template:
    """The waiting room's screen, or only what changes on it."""
    office = office_asked(request, offices)
    zone = _zone(board, office, name)
    topic = queue_topic(office.id)  # whoever comes or goes changes who is next
    # the version is read before the calls: at worst the page asks once more than it had to
    context = {"topic": topic, "version": hub.version(topic), "edition": _edition(office, zone)}
    view = board.view(office.id, zone)
    context |= {"view": view, "turned": view.now // _TURN_US} | shown_as(office, offices, view.now)
    return Template("_board.html" if "x-fragment" in request.headers else "board.html", context=context)


@get("/board/{name:str}/call/{file:str}", include_in_schema=False, sync_to_thread=True)
def call_sound(
    name: FromPath[str],
    file: FromPath[str],
    request: Request[Any, Any, State],
    board: NamedDependency[Board],
    offices: NamedDependency[Offices],
) -> Response[bytes]:
    """What is heard of a call that the board shows."""
    number, office = file.removesuffix(".wav"), office_asked(request, offices)
    sound = board.sound(office.id, _zone(board, office, name), number) if number != file else None
    if sound is None:
        raise Refusal(404, "not_found")
    return Response(sound, media_type="audio/wav")


@get("/slide/{digest:str}", include_in_schema=False, sync_to_thread=True)
def slide_picture(
    digest: FromPath[str], board: NamedDependency[Board], offices: NamedDependency[Offices]
) -> Response[bytes]:
    """A slide's picture."""
    picture = board.picture(offices.main.id, digest)
    if picture is None:
        raise Refusal(404, "not_found")
    return Response(picture.content, media_type=picture.media_type, headers=_FOR_EVER)


ROUTES = [choose_board, show_board, call_sound, slide_picture]
