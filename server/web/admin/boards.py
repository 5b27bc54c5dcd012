"""/admin/boards: the boards of the waiting room, one for each zone or group of counters."""

import re

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from server.door import counter_number
from server.faults import Refusal
from server.store import boards
from server.store.boards import MAIN_BOARD, Zone
from server.store.writer import Transaction
from server.web.admin.hall import Hall, Typed, words_in

HOME = "/admin/boards"
LONGEST_TITLE = 40
MOST_BOARDS = 30
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")

Form = URLEncodedBody[dict[str, str]]


def _page(hall: Hall, refusal: Refusal | None = None, typed: Typed | None = None, of: str = "") -> Template:
    with hall.read.connect() as connection:
        zones = boards.zones(connection, hall.office)
    return hall.page("admin_boards.html", "boards", refusal, zones=zones, typed=typed or {}, of=of)


def _counters(text: str) -> tuple[str, ...]:
    """The counters typed, each once, the smallest first.

    Raises:
        Refusal: 400, one is no counter, or there is none: that board is there already.
    """
    found = [counter_number(one) for one in re.split(r"[\s,;]+", text.strip()) if one]
    known = {one for one in found if one is not None}
    if not found or None in found:
        raise Refusal(400, "bad_counters")
    return tuple(sorted(known, key=int))


def _save(hall: Hall, typed: Typed, name: str, *, is_new: bool) -> None:
    zone = Zone(name, words_in(typed, "title", LONGEST_TITLE), _counters(typed.get("counters", "")))

    def work(transaction: Transaction) -> None:
        zones = {one.name: one for one in boards.zones(transaction.connection, hall.office)}
        if zones.get(name) == zone:
            return  # sent twice
        if is_new and name in zones:
            raise Refusal(409, "board_exists")
        if is_new and len(zones) >= MOST_BOARDS:
            raise Refusal(409, "boards_full")
        if not is_new and name not in zones:
            raise Refusal(404, "gone")
        boards.save_zone(transaction.connection, hall.office, zone)
        action = "board.added" if is_new else "board.changed"
        hall.person.note(transaction, action, name, f"{zone.title}: {', '.join(zone.counters)}")

    hall.change(work)


@get("/boards", sync_to_thread=True)
def show_boards(hall: NamedDependency[Hall]) -> Template:
    """Every board."""
    return _page(hall)


@post("/boards", status_code=200, sync_to_thread=True)
def add_board(hall: NamedDependency[Hall], data: Form) -> Response[object]:
    """Hangs a board."""

    def act() -> None:
        name = data.get("name", "").strip().lower()
        if not _NAME.fullmatch(name):
            raise Refusal(400, "bad_board_name")
        _save(hall, data, name, is_new=True)

    return hall.settle(act, lambda refusal, typed: _page(hall, refusal, typed), data, HOME)


@post("/boards/{name:str}", status_code=200, sync_to_thread=True)
def change_board(hall: NamedDependency[Hall], name: FromPath[str], data: Form) -> Response[object]:
    """Changes a board's title and its counters."""

    def act() -> None:
        if name == MAIN_BOARD:
            raise Refusal(404, "gone")  # it shows everything, always
        _save(hall, data, name, is_new=False)

    return hall.settle(act, lambda refusal, typed: _page(hall, refusal, typed, name), data, HOME)


@post("/boards/{name:str}/remove", status_code=200, sync_to_thread=True)
def remove_board(hall: NamedDependency[Hall], name: FromPath[str]) -> Response[object]:
    """Takes a board down; one that is down already stays so."""

    def work(transaction: Transaction) -> None:
        if boards.drop_zone(transaction.connection, hall.office, name):
            hall.person.note(transaction, "board.removed", name)

    return hall.settle(lambda: hall.change(work), lambda refusal, typed: _page(hall, refusal, typed), {}, HOME)


PAGES = [show_boards, add_board, change_board, remove_board]
