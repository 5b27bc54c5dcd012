"""/admin/slides: the entity's own pictures, which the boards show while nobody is called."""

import hashlib
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Template

from server.faults import Refusal
from server.pictures import LARGEST_BYTES, slide_picture
from server.store import boards
from server.store.boards import Picture
from server.store.writer import Transaction
from server.web.admin.hall import Hall, Typed, words_in

HOME = "/admin/slides"
LONGEST_WORDS = 200
MOST_SLIDES = 20

Form = URLEncodedBody[dict[str, str]]
Upload = MultipartBody[dict[str, Any]]


def _page(hall: Hall, refusal: Refusal | None = None, typed: Typed | None = None, of: int = 0) -> Template:
    with hall.read.connect() as connection:
        slides = boards.slides(connection, hall.office)
    context = {"slides": slides, "most": LONGEST_WORDS, "largest": LARGEST_BYTES}
    return hall.page("admin_slides.html", "slides", refusal, typed=typed or {}, of=of, **context)


def _uploaded(data: dict[str, Any]) -> bytes:
    """The file's bytes.

    Raises:
        Refusal: 400, no file was chosen.
    """
    file = data.get("picture")
    raw = file.file.read() if isinstance(file, UploadFile) else b""
    if not raw:
        raise Refusal(400, "no_file")
    return raw


def _add(hall: Hall, words: str, picture: Picture) -> None:
    digest = hashlib.sha256(picture.content).digest()

    def work(transaction: Transaction) -> None:
        there = boards.slides(transaction.connection, hall.office)
        if any(one.digest == digest.hex() for one in there):
            return  # sent twice
        if len(there) >= MOST_SLIDES:
            raise Refusal(409, "slides_full", most=str(MOST_SLIDES))
        boards.add_slide(transaction.connection, hall.office, words, picture, digest)
        hall.person.note(transaction, "slide.added", digest.hex(), words)

    hall.change(work)


@get("/slides", sync_to_thread=True)
def show_slides(hall: NamedDependency[Hall]) -> Template:
    """Every slide, in its order."""
    return _page(hall)


@post("/slides", status_code=200, sync_to_thread=True)
def add_slide(hall: NamedDependency[Hall], data: Upload) -> Response[object]:
    """Adds a slide behind the others."""
    typed = {name: text for name, text in data.items() if isinstance(text, str)}

    def act() -> None:
        words = words_in(typed, "words", LONGEST_WORDS)
        _add(hall, words, slide_picture(_uploaded(data)))

    return hall.settle(act, lambda refusal, typed: _page(hall, refusal, typed), typed, HOME)


@post("/slides/{id_:int}", status_code=200, sync_to_thread=True)
def describe_slide(hall: NamedDependency[Hall], id_: FromPath[int], data: Form) -> Response[object]:
    """Changes what is said of a slide to whoever does not see it."""

    def act() -> None:
        words = words_in(data, "words", LONGEST_WORDS)

        def work(transaction: Transaction) -> None:
            if not boards.describe_slide(transaction.connection, hall.office, id_, words):
                raise Refusal(404, "gone")
            hall.person.note(transaction, "slide.described", str(id_), words)

        hall.change(work)

    return hall.settle(act, lambda refusal, typed: _page(hall, refusal, typed, id_), data, HOME)


@post("/slides/{id_:int}/move/{to:int}", status_code=200, sync_to_thread=True)
def move_slide(hall: NamedDependency[Hall], id_: FromPath[int], to: FromPath[int]) -> Response[object]:
    """Shows a slide in that place, 1 being the first; a second click finds it there."""

    def work(transaction: Transaction) -> None:
        ids = [one.id for one in boards.slides(transaction.connection, hall.office)]
        if id_ not in ids:
            raise Refusal(404, "gone")
        ids.remove(id_)
        ids.insert(max(to, 1) - 1, id_)
        boards.order_slides(transaction.connection, hall.office, ids)
        hall.person.note(transaction, "slide.moved", str(id_), str(to))

    return hall.settle(lambda: hall.change(work), lambda refusal, typed: _page(hall, refusal, typed), {}, HOME)


@post("/slides/{id_:int}/remove", status_code=200, sync_to_thread=True)
def remove_slide(hall: NamedDependency[Hall], id_: FromPath[int]) -> Response[object]:
    """Takes a slide away; one that is away already stays so."""

    def work(transaction: Transaction) -> None:
        if boards.drop_slide(transaction.connection, hall.office, id_):
            hall.person.note(transaction, "slide.removed", str(id_))

    return hall.settle(lambda: hall.change(work), lambda refusal, typed: _page(hall, refusal, typed), {}, HOME)


PAGES = [show_slides, add_slide, describe_slide, move_slide, remove_slide]
