"""Every page of the server at several sizes, in a real browser: ``build/gallery/web/index.html``.

A short day is played before it: somebody waits, is called, served, not there. Words after the command (a page, a size)
draw only those. ``python -m tests.server.browser.pages_gallery [WORD…]``.
"""

from __future__ import annotations

import html
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from server.web.admin.person import PAGES
from tests.chromium import ARGUMENTS, CHROMIUM
from tests.server.browser.conftest import NEVER_CLOSED
from tests.server.conftest import PASSWORD, form_token
from tests.server.process import ServerProgram

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, BrowserContext

    from tests.server.twin import Issued

GALLERY = Path(__file__).parents[3] / "build" / "gallery" / "web"
SIZES = {
    "phone": ((320, 568), (390, 844), (768, 1024)),
    "desk": ((1280, 800), (1920, 1080), (1024, 768), (390, 844)),
    "board": ((1920, 1080), (1080, 1920), (1280, 720), (3840, 2160)),
}
"""Of each kind of page, the usual one first."""
_QUALITY = 88


@dataclass(frozen=True)
class Shot:
    """A page at a moment: who looks (an account, empty for anybody), and at which kind of screen."""

    name: str
    kind: str
    path: str
    who: str = ""


class Day:
    """A short day in an office that has people in it."""

    def __init__(self, folder: Path) -> None:
        self.program = ServerProgram(folder, NEVER_CLOSED)
        self.program.start()
        self._sessions: dict[str, str] = {}
        self._issued: list[Issued] = []
        for name, role in (("ana", "clerk"), ("rosa", "administrator")):
            done = self.program.order("user", "add", name, "--role", role, "--password-stdin", typed=f"{PASSWORD}\n")
            assert done.status == 0, done.err
        self._kiosk = self.program.enrol()

    def shots(self) -> Iterator[Shot]:
        """Every page; what is between two of them happens between them."""
        yield Shot("sign_in", "desk", "/desk")
        yield Shot("desk_nobody_waits", "desk", "/desk", "ana")
        yield Shot("board_empty", "board", "/board/principal")
        turns = [self._issue(n) for n in range(14)]
        coming = self._kiosk.issue()
        self._kiosk.outbox.clear()
        yield Shot("turn_coming", "phone", f"/T/{coming.token.text}")
        yield Shot("turn_waiting", "phone", f"/T/{turns[5].token.text}")
        for act in ("let-pass", "cancel", "describe"):
            yield Shot(f"turn_{act}", "phone", f"/T/{turns[5].token.text}/{act}")
        for language in ("qu", "ay", "en"):
            yield Shot(f"turn_waiting_{language}", "phone", f"/T/{turns[5].token.text}?l={language}")
        yield Shot("office", "phone", "/office")
        yield Shot("desk_free", "desk", "/desk", "ana")
        yield from self._a_turn()
        yield Shot("fleet", "desk", "/fleet", "ana")
        for path, word, _ in PAGES:
            yield Shot(f"admin_{word}", "desk", path, "rosa")
        yield Shot("no_such_page", "desk", "/nada")
        yield Shot("no_such_turn", "phone", "/T/NADA")
        yield Shot("follow", "phone", "/E")
        yield Shot("no_such_filing", "phone", f"/E/{'A' * 26}")

    def _issue(self, n: int) -> Issued:
        issued = self._kiosk.issue(preferential=n % 4 == 1, language=("es", "es", "qu")[n % 3])
        with self.program.client() as client:
            self._kiosk.sync(client)
        self._issued.append(issued)
        return issued

    def _a_turn(self) -> Iterator[Shot]:
        for _ in range(3):
            ticket = self._act("next")["ticket"]
            self._act(f"turns/{ticket}/serving")
        page = f"/T/{self._token(ticket)}"
        yield Shot("desk_serving", "desk", "/desk", "ana")
        yield Shot("turn_serving", "phone", page)
        yield Shot("turn_request", "phone", f"{page}/solicitud")
        yield Shot("reception", "desk", f"/desk/filing/new?ticket={ticket}", "ana")
        received = self._receive()
        yield Shot("reception_done", "desk", received, "ana")
        yield Shot("filing", "desk", received.partition("/received")[0], "ana")
        yield Shot("filings", "desk", "/desk/filing", "ana")
        self._act(f"turns/{ticket}/done")
        yield Shot("desk_undo", "desk", "/desk", "ana")
        yield Shot("turn_done", "phone", page)
        called = self._act("next")["ticket"]
        yield Shot("desk_called", "desk", "/desk", "ana")
        yield Shot("turn_called", "phone", f"/T/{self._token(called)}")
        yield Shot("board_called", "board", "/board/principal")

    def _receive(self) -> str:
        """Something that a courier brought, and that lacks a signature; returns the address of its result."""
        with self.program.client() as client:
            client.cookies.set("session", self.session("ana"))
            shown = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', client.get("/desk/filing/new").text))
            typed = {"folios": "14", "document_type": "oficio", "language": "es", "words": "Falta la firma"}
            answer = client.post("/desk/filing/new", data=shown | typed | {"_csrf_token": form_token(client)})
            assert answer.status_code == 303, answer.text
            return str(answer.headers["location"])

    def _token(self, ticket: str) -> str:
        return next(one.token.text for one in self._issued if str(one.id) == ticket)

    def _act(self, path: str) -> Any:
        with self.program.client() as client:
            client.cookies.set("session", self.session("ana"))
            answer = client.post(f"/api/v1/desk/{path}", json={})
            assert answer.status_code == 200, answer.text
            return answer.json()["turn"]

    def session(self, who: str) -> str:
        """The session of an account, signed in at its first use."""
        if who not in self._sessions:
            with self.program.client() as client:
                client.get("/desk")
                form = {"name": who, "password": PASSWORD, "counter": "3" if who == "ana" else ""}
                answer = client.post("/desk/sign-in", data=form | {"_csrf_token": form_token(client)})
                assert answer.status_code == 303, answer.text
                self._sessions[who] = client.cookies["session"]
        return self._sessions[who]


def draw(only: Sequence[str] = ()) -> int:
    """Draws what ``only`` names, everything where it names nothing; writes the page that shows all.

    Returns how many pages were not answered as they should.
    """
    refused = set()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        day = Day(Path(folder))
        GALLERY.mkdir(parents=True, exist_ok=True)
        for shot in day.shots():
            for width, height in SIZES[shot.kind]:
                size = f"{width}x{height}"
                names = {shot.name, size, shot.kind}
                if only and not names & set(only):
                    continue
                if not _picture(browser, day, shot, width, height):
                    refused.add(shot.name)
            print(shot.name, "REFUSED" if shot.name in refused else "", flush=True)  # noqa: T201 it takes minutes
        browser.close()
        day.program.stop()
    (GALLERY / "index.html").write_text(_index(), encoding="utf-8")
    return len(refused)


def _picture(browser: Browser, day: Day, shot: Shot, width: int, height: int) -> bool:
    context: BrowserContext = browser.new_context(viewport={"width": width, "height": height})
    if shot.who:
        context.add_cookies([{"name": "session", "value": day.session(shot.who), "url": day.program.url}])
    page = context.new_page()
    answer = page.goto(day.program.url + shot.path, wait_until="load")
    if answer is None or answer.ok == shot.name.startswith("no_such"):
        context.close()
        return False
    page.evaluate("document.fonts.ready.then(() => true)")
    file = GALLERY / f"{shot.name}-{width}x{height}.jpg"
    page.screenshot(path=file, type="jpeg", quality=_QUALITY, full_page=shot.kind != "board")
    context.close()
    return True


_PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Páginas</title>
<style>body{{font:16px/1.4 system-ui;margin:24px;background:#f4f2ee;color:#14213d}}
section{{display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start;margin-bottom:32px}}
h2{{flex-basis:100%;margin:0}}figure{{margin:0}}
img{{height:420px;border:1px solid #d5d0c6;background:#fff;object-fit:cover;object-position:top}}
figcaption{{font-size:14px}}</style>
<h1>Páginas</h1>
{sections}
"""


def _index() -> str:
    pictures: dict[str, list[str]] = {}
    for file in sorted(GALLERY.glob("*.jpg"), key=lambda file: file.stat().st_mtime):
        name, _, size = file.stem.rpartition("-")
        pictures.setdefault(name, []).append(
            f'<figure><a href="{file.name}"><img loading="lazy" src="{file.name}" alt=""></a>'
            f"<figcaption>{size}</figcaption></figure>"
        )
    return _PAGE.format(
        sections="\n".join(
            f"<section><h2>{html.escape(name)}</h2>{''.join(of_one)}</section>" for name, of_one in pictures.items()
        )
    )


if __name__ == "__main__":
    if not sys.argv[1:]:
        shutil.rmtree(GALLERY, ignore_errors=True)
    sys.exit(draw(sys.argv[1:]))
