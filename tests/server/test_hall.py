"""What hangs in the waiting room, set up in the browser: boards, notices and slides; who may, and what is refused."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from domain.clock import in_lima
from server.faults import Refusal
from server.pictures import LARGEST_BYTES, SHOWN_PX, slide_picture
from server.store.accounts import Role
from tests.server.conftest import form_token

if TYPE_CHECKING:
    import httpx

    from tests.server.conftest import ClerkTwin, Site

PAGES = ("/admin/boards", "/admin/notices", "/admin/slides")


@dataclass
class Boss:
    """A supervisor's browser."""

    clerk: ClerkTwin

    def get(self, path: str) -> str:
        answer = self.clerk.client.get(path)
        assert answer.status_code == 200
        return answer.text

    def post(self, path: str, **form: str) -> httpx.Response:
        data = {"_csrf_token": form_token(self.clerk.client)} | form
        return self.clerk.client.post(path, data=data, follow_redirects=False)

    def upload(self, content: bytes, words: str = "Una lámina") -> httpx.Response:
        data = {"_csrf_token": form_token(self.clerk.client), "words": words}
        files = {"picture": ("lamina.png", content, "image/png")}
        return self.clerk.client.post("/admin/slides", data=data, files=files, follow_redirects=False)


@pytest.fixture
def boss(site: Site) -> Boss:
    site.account("jefa", Role.SUPERVISOR)
    return Boss(site.clerk("jefa", ""))


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 36), **how: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "#0A4A94").save(out, kind, **how)
    return out.getvalue()


def alert(answer: httpx.Response) -> str:
    found = re.search(r'class="alert".*?<span>(.*?)</span>', answer.text, re.DOTALL)
    return found[1] if found else ""


def audit(site: Site) -> list[tuple[str, str]]:
    rows = site.rows("SELECT action, subject FROM audit WHERE action NOT LIKE 'session.%' ORDER BY id")
    return [(action, subject) for action, subject in rows]


@pytest.mark.parametrize("path", PAGES)
def test_a_clerk_and_a_stranger_may_not(site: Site, path: str) -> None:
    site.account()
    clerk = site.clerk()
    assert clerk.client.get(path).status_code == 403
    assert site.browser().client.get(path).status_code == 401
    token = form_token(clerk.client)
    assert clerk.client.post(path, data={"_csrf_token": token}).status_code in {400, 403}
    assert clerk.client.post(path, data={"words": "x"}).status_code == 403
    assert audit(site) == []


# --- boards -----------------------------------------------------------------------------------------------------


def test_a_board_is_hung_changed_and_taken_down(site: Site, boss: Boss) -> None:
    new = {"title": "Piso  2", "name": "Piso-2", "counters": "12, 4 4;07"}
    for _ in range(2):  # a doubled click
        answer = boss.post("/admin/boards", **new)
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/boards?done")
    assert site.rows("SELECT name, title, counters FROM board") == [("piso-2", "Piso 2", '["4", "7", "12"]')]
    assert "Guardado" in boss.get("/admin/boards?done")
    assert site.client.get("/board/piso-2").status_code == 200
    boss.post("/admin/boards/piso-2", title="Licencias", counters="7")
    assert "Licencias" in site.client.get("/board/piso-2").text
    for _ in range(2):
        assert boss.post("/admin/boards/piso-2/remove").status_code == 303
    assert site.client.get("/board/piso-2").status_code == 404
    assert audit(site) == [("board.added", "piso-2"), ("board.changed", "piso-2"), ("board.removed", "piso-2")]


BAD_BOARDS: tuple[tuple[str, dict[str, str], int, str], ...] = (
    ("", {"name": "x", "title": "", "counters": "1"}, 400, "Falta escribir el texto"),
    ("", {"name": "x", "title": "y" * 41, "counters": "1"}, 400, "pasa de 40 letras"),
    ("", {"name": "x", "title": "\u202e\x00", "counters": "1"}, 400, "Falta escribir el texto"),
    ("", {"name": "piso 2", "title": "y", "counters": "1"}, 400, "solo van letras"),
    ("", {"name": "../desk", "title": "y", "counters": "1"}, 400, "solo van letras"),
    ("", {"name": "x", "title": "y", "counters": ""}, 400, "del 1 al 99"),
    ("", {"name": "x", "title": "y", "counters": "1, 100"}, 400, "del 1 al 99"),
    ("", {"name": "x", "title": "y", "counters": "1, uno"}, 400, "del 1 al 99"),
    ("", {"name": "principal", "title": "y", "counters": "1"}, 409, "Ya hay un tablero"),
    ("/principal", {"title": "y", "counters": "1"}, 404, "ya lo quitó"),
    ("/nadie", {"title": "y", "counters": "1"}, 404, "ya lo quitó"),
)


def test_a_board_that_cannot_be_is_refused_and_what_was_typed_stays(site: Site, boss: Boss) -> None:
    for path, form, status, said in BAD_BOARDS:
        answer = boss.post(f"/admin/boards{path}", **form)
        assert (answer.status_code, said in alert(answer)) == (status, True), form
        assert path or f'name="counters" value="{form["counters"]}"' in answer.text
    assert site.rows("SELECT name FROM board") == []


def test_the_board_of_all_counters_stays(site: Site, boss: Boss) -> None:
    assert boss.post("/admin/boards/principal/remove").status_code == 303
    assert site.client.get("/board/principal").status_code == 200
    assert audit(site) == []


# --- notices ----------------------------------------------------------------------------------------------------


def test_a_notice_is_told_changed_and_taken_away(site: Site, boss: Boss) -> None:
    for _ in range(2):
        assert boss.post("/admin/notices", words="Mañana  <b>no</b> se atiende").status_code == 303
    [(id_, words)] = site.rows("SELECT id, words FROM notice")
    assert words == "Mañana <b>no</b> se atiende"
    assert "Mañana &lt;b&gt;no&lt;/b&gt; se atiende" in site.client.get("/board/principal").text
    today = in_lima(site.clock.now()).date()
    boss.post(f"/admin/notices/{id_}", words="Ya pasó", to=str(today - timedelta(1)))
    assert "Ya pasó" not in site.client.get("/board/principal").text
    assert "Ya pasó" in boss.get("/admin/notices")
    for _ in range(2):
        assert boss.post(f"/admin/notices/{id_}/remove").status_code == 303
    assert [action for action, _ in audit(site)] == ["notice.added", "notice.changed", "notice.removed"]


BAD_NOTICES: tuple[tuple[str, dict[str, str], int, str], ...] = (
    ("", {"words": " "}, 400, "Falta escribir"),
    ("", {"words": "x" * 161}, 400, "pasa de 160"),
    ("", {"words": "x", "from": "2026-02-30"}, 400, "Esa fecha no existe"),
    ("", {"words": "x", "from": "2026-12-02", "to": "2026-12-01"}, 400, "anterior al primero"),
    ("/7", {"words": "x"}, 404, "ya lo quitó"),
    ("/0", {"words": "x"}, 404, "ya lo quitó"),
)


def test_a_notice_that_cannot_be_is_refused(site: Site, boss: Boss) -> None:
    for path, form, status, said in BAD_NOTICES:
        answer = boss.post(f"/admin/notices{path}", **form)
        assert (answer.status_code, said in alert(answer)) == (status, True), form
    assert site.rows("SELECT id FROM notice") == []


def test_a_saved_change_reaches_every_board_at_once(site: Site, boss: Boss) -> None:
    before = site.composed.hub.versions()
    boss.post("/admin/notices", words="Hoy se atiende hasta las 13:00")
    after = site.composed.hub.versions()
    assert {topic for topic in after if after[topic] != before.get(topic)} >= {"queue.lima", "office.lima"}


# --- slides -----------------------------------------------------------------------------------------------------


def test_slides_are_shown_moved_described_and_taken_away(site: Site, boss: Boss) -> None:
    for size in ((64, 36), (36, 64), (64, 36)):  # the last is the first again
        assert boss.upload(picture(size=size), f"{size[0]} de ancho").status_code == 303
    rows = site.rows("SELECT id, words FROM slide ORDER BY position")
    assert [words for _, words in rows] == ["64 de ancho", "36 de ancho"]
    last = rows[1][0]
    for _ in range(2):  # a doubled click does not move it twice
        assert boss.post(f"/admin/slides/{last}/move/1").status_code == 303
    boss.post(f"/admin/slides/{last}", words="Pague en línea")
    board = site.client.get("/board/principal").text
    assert re.findall(r'<img src="/slide/\w+" alt="([^"]*)"', board) == ["Pague en línea", "64 de ancho"]
    shown = re.findall(r'src="(/slide/\w+)"', board)
    assert site.client.get(shown[0]).headers["content-type"] == "image/webp"
    for id_, _ in rows:
        boss.post(f"/admin/slides/{id_}/remove")
    assert site.client.get(shown[0]).status_code == 404
    assert alert(boss.post(f"/admin/slides/{last}/move/1")) == "Otra persona ya lo quitó."
    assert alert(boss.post(f"/admin/slides/{last}", words="x")) == "Otra persona ya lo quitó."


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 60,000 pixels wide and high."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def bad_pictures() -> tuple[tuple[bytes, int, str], ...]:
    """What is uploaded and is no picture, the answer's status, and what it says."""
    return (
        (b"", 400, "Elija una imagen"),
        (b"<script>alert(1)</script>", 400, "no es una imagen"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 400, "no es una imagen"),
        (picture("GIF"), 400, "no es una imagen"),
        (picture()[:60], 400, "no es una imagen"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, 400, "no es una imagen"),
        (picture(size=(6000, 4001)), 400, "demasiado grande"),
        (bomb(), 400, "imagen"),
        (picture() + b"\0" * LARGEST_BYTES, 413, "pasa de 900 kB"),
    )


def test_what_is_no_picture_is_refused_in_words(site: Site, boss: Boss) -> None:
    for content, status, said in bad_pictures():
        answer = boss.upload(content, "Lo que dije")
        assert (answer.status_code, said in alert(answer)) == (status, True), content[:40]
        assert 'value="Lo que dije"' in answer.text
    assert site.rows("SELECT id FROM slide") == []


def test_a_form_with_a_file_needs_its_token_and_its_words(site: Site, boss: Boss) -> None:
    for token in ("", "x" * 128):
        parts = {"_csrf_token": (None, token), "words": (None, "Una lámina")}
        assert boss.clerk.client.post("/admin/slides", files=parts).status_code == 403
    assert alert(boss.upload(picture(), "")) == "Falta escribir el texto."
    answer = boss.post("/admin/slides", words="sin archivo", picture="no es un archivo")
    assert answer.status_code == 400
    assert site.rows("SELECT id FROM slide") == []


def test_a_picture_is_drawn_anew_upright_and_without_what_a_camera_notes() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter turn
    turned[0x010F] = "Camara de prueba"
    kept = slide_picture(picture("JPEG", (4000, 2000), exif=turned) + b"<?php secret ?>")
    with Image.open(BytesIO(kept.content)) as shown:
        assert (shown.format, shown.size) == ("WEBP", (SHOWN_PX // 2, SHOWN_PX))
        assert not shown.getexif()
    assert b"Camara" not in kept.content
    assert b"secret" not in kept.content


def test_a_see_through_picture_stays_so() -> None:
    out = BytesIO()
    Image.new("RGBA", (8, 8), (10, 74, 148, 0)).save(out, "PNG")
    with Image.open(BytesIO(slide_picture(out.getvalue()).content)) as shown:
        assert shown.mode == "RGBA"


def test_too_large_a_file_is_not_even_opened() -> None:
    with pytest.raises(Refusal) as refused:
        slide_picture(b"x" * (LARGEST_BYTES + 1))
    assert refused.value.code == "picture_large"
