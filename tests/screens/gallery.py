"""Every page in every language, way of seeing and size, drawn by the real widgets: ``build/gallery/index.html``.

A sheet for every language, mode and size shows all pages beside one another: what does not belong there is seen first
on it. Words after the command (a language, a mode, a size, a page) draw only those.
"""

from __future__ import annotations

import html
import json
import shutil
import sys
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
from PIL import Image

from drivers.scanner.virtual.camera import showing
from drivers.scanner.virtual.people import MARIA
from kiosk.flow.state import Aid, Screen
from tests.screens.moments import MOMENTS
from tests.screens.stage import FLOOR, LANDSCAPE, PORTRAIT, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kiosk.flow.state import State

GALLERY = Path(__file__).parents[2] / "build" / "gallery"
LANGUAGES = ("es", "qu", "ay", "en")
MODES: dict[str, frozenset[Aid]] = {
    "normal": frozenset(),
    "large": frozenset({Aid.LARGE}),
    "contrast": frozenset({Aid.CONTRAST}),
    "reach": frozenset({Aid.REACH}),
}
SIZES = {"1080x1920": PORTRAIT, "1920x1080": LANDSCAPE, "1280x800": FLOOR}
BESIDES = (
    "closed_business_days",
    "identify_short",
    "info_privacy",
    "info_help",
    "describe_full",
    "contact_typed",
    "ticket_printed",
    "ticket_uncertain",
    "still_there",
)
"""Of the pages that look quite different at another moment."""

_CELL = {"1080x1920": (270, 480), "1920x1080": (480, 270), "1280x800": (480, 300)}
_ACROSS = {"1080x1920": 8, "1920x1080": 5, "1280x800": 5}
_GAP = 12
_QUALITY = 88
_HELD_FRAME = 40
"""By then the sample card is held still and sharp."""


@dataclass(frozen=True)
class View:
    """One way of looking at all the pages."""

    language: str
    mode: str
    size: str

    @property
    def folder(self) -> str:
        """Where its pictures are."""
        return f"{self.language}-{self.mode}-{self.size}"

    def of(self, state: State) -> State:
        """``state`` as it is seen so."""
        return replace(state, languages=LANGUAGES, language=self.language, aids=MODES[self.mode])


def pages() -> list[str]:
    """One moment of every page, and some more; the names are those of `MOMENTS`."""
    usual = {screen: screen.value for screen in Screen} | {Screen.TICKET: "ticket_printing"}
    named = [next(name for name in (usual[screen], *MOMENTS) if name.startswith(usual[screen])) for screen in Screen]
    return [*named, *BESIDES]


def views() -> Iterator[View]:
    """All of them; a size stays as long as it can, for changing it costs a second."""
    for size, language, mode in product(SIZES, LANGUAGES, MODES):
        yield View(language, mode, size)


def draw(only: Sequence[str] = ()) -> None:
    """Draws what ``only`` names, everything where it names nothing; writes the page that shows all."""
    stage = Stage(GALLERY.parent / "kivy-gallery")
    held = cv2.cvtColor(showing("dni", MARIA.number).frame(_HELD_FRAME), cv2.COLOR_BGR2RGB)
    wanted_pages = [name for name in pages() if not (set(only) & set(pages())) or name in only]
    wanted = [view for view in views() if _is_wanted(view, only)]
    for view in wanted:
        stage.resize(SIZES[view.size])
        folder = GALLERY / view.folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in wanted_pages:
            stage.frame = held if MOMENTS[name].screen in {Screen.IDENTIFY, Screen.ASK} else None
            stage.show(view.of(MOMENTS[name]))
            stage.picture().save(folder / f"{name}.jpg", quality=_QUALITY)
        _sheet(folder, view.size, wanted_pages).save(GALLERY / f"{view.folder}.jpg", quality=_QUALITY)
        print(f"{view.folder}: {len(wanted_pages)}", flush=True)  # noqa: T201 - it takes minutes
    (GALLERY / "index.html").write_text(_index(wanted, wanted_pages), encoding="utf-8")


def _is_wanted(view: View, only: Sequence[str]) -> bool:
    kinds = ((view.language, LANGUAGES), (view.mode, MODES), (view.size, SIZES))
    return all(value in only or not set(only) & set(values) for value, values in kinds)


def _sheet(folder: Path, size: str, names: Sequence[str]) -> Image.Image:
    (width, height), across = _CELL[size], _ACROSS[size]
    down = -(-len(names) // across)
    sheet = Image.new("RGB", (across * (width + _GAP) + _GAP, down * (height + _GAP) + _GAP), "#5A5A5A")
    for place, name in enumerate(names):
        with Image.open(folder / f"{name}.jpg") as picture:
            small = picture.resize((width, height), Image.Resampling.LANCZOS)
        row, column = divmod(place, across)
        sheet.paste(small, (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP)))
    return sheet


_PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Pantallas</title>
<style>body{{font:16px/1.4 system-ui;margin:24px;background:#f4f2ee;color:#14213d}}
select{{font:inherit;padding:8px;margin:0 12px 16px 0}}
main{{display:flex;flex-wrap:wrap;gap:16px}}
figure{{margin:0}}
img{{height:480px;border:1px solid #d5d0c6;background:#fff}}
figcaption{{font-size:14px}}</style>
<h1>Pantallas</h1>
<p>{count} imágenes. <a id="sheet">Todas en una hoja</a></p>
<label>Idioma <select id="language">{languages}</select></label>
<label>Modo <select id="mode">{modes}</select></label>
<label>Tamaño <select id="size">{sizes}</select></label>
<main></main>
<script>
const names = {names};
const chosen = () => ["language", "mode", "size"].map(id => document.getElementById(id).value).join("-");
const draw = () => {{
  document.getElementById("sheet").href = chosen() + ".jpg";
  document.querySelector("main").innerHTML = names.map(name =>
    `<figure><a href="${{chosen()}}/${{name}}.jpg"><img loading="lazy" src="${{chosen()}}/${{name}}.jpg"></a>`
    + `<figcaption>${{name}}</figcaption></figure>`).join("");
}};
document.querySelectorAll("select").forEach(choice => choice.addEventListener("change", draw));
draw();
</script>
"""


def _index(shown: Sequence[View], names: Sequence[str]) -> str:
    def options(values: Sequence[str]) -> str:
        return "".join(f"<option>{html.escape(value)}</option>" for value in dict.fromkeys(values))

    return _PAGE.format(
        count=len(shown) * len(names),
        languages=options([view.language for view in shown]),
        modes=options([view.mode for view in shown]),
        sizes=options([view.size for view in shown]),
        names=json.dumps(list(names)),
    )


if __name__ == "__main__":
    if not sys.argv[1:]:
        shutil.rmtree(GALLERY, ignore_errors=True)
    draw(sys.argv[1:])
