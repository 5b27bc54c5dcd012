"""Makes the fonts, the icons and the sample logo from their published sources.

What it makes is committed, so nobody needs this to run, test or install the project; it is here so that anybody can
check where the files come from and make them again:

    python3 -m venv build/fonts && build/fonts/bin/pip install fonttools==4.68.0 brotli==1.2.1 pillow
    cd build && npm pack @fontsource/atkinson-hyperlegible-next@5.3.0 @material-symbols/svg-400@0.48.2
    build/fonts/bin/python -m assets.build build

SDL draws static TrueType only, and no font fallback: hence plain weights cut out of the web fonts' Latin subset (all
that Spanish, Quechua and Aymara need) and an icon font of its own. The icons come from Material's *filled* drawings
because instancing its variable font leaves hairline slits inside them.
"""

from __future__ import annotations

import re
import sys
import tarfile
from pathlib import Path

from fontTools.fontBuilder import FontBuilder  # type: ignore[import-not-found, unused-ignore]  # build-only
from fontTools.pens.cu2quPen import Cu2QuPen  # type: ignore[import-not-found, unused-ignore]  # build-only
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-not-found, unused-ignore]  # build-only
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-not-found, unused-ignore]  # build-only
from fontTools.svgLib.path import parse_path  # type: ignore[import-not-found, unused-ignore]  # build-only
from fontTools.ttLib import TTFont  # type: ignore[import-not-found, unused-ignore]  # build-only
from PIL import Image, ImageDraw

from assets import FONT_WEIGHTS, file, font, icon_font, sample_logo
from assets.icons import FIRST_CHARACTER, Icon

FONTS = "fontsource-atkinson-hyperlegible-next-5.3.0.tgz"
SYMBOLS = "material-symbols-svg-400-0.48.2.tgz"

EM = 960
"""Material draws in a box of 960 x 960 whose top left is (0, -960)."""
EPOCH = 3_786_825_600
"""2024-01-01 as fonts count (seconds since 1904): the same sources give the same bytes."""


def member(archive: Path, name: str) -> bytes:
    """One file out of a package; npm puts everything under ``package/``."""
    with tarfile.open(archive) as packed:
        found = packed.extractfile(f"package/{name}")
        assert found is not None, name
        return found.read()


def build_text_fonts(archive: Path) -> None:
    """Each weight as it comes (woff2, for the web pages) and unpacked (ttf, for SDL)."""
    for weight in FONT_WEIGHTS:
        web = font(weight, "woff2")
        web.write_bytes(member(archive, f"files/atkinson-hyperlegible-next-latin-{weight}-normal.woff2"))
        unpacked = TTFont(web, recalcTimestamp=False)
        unpacked.flavor = None
        unpacked.save(font(weight))
    file("licences", "atkinson-hyperlegible-next-OFL.txt").write_bytes(member(archive, "LICENSE"))


def build_icons(archive: Path) -> None:
    """The SVGs that the enumeration names, and the font that holds them in its order."""
    for old in file("icons").glob("*.svg"):
        old.unlink()
    outlines = {".notdef": TTGlyphPen(None).glyph()}
    for icon in Icon:
        path = re.findall(r'<path d="([^"]+)"', member(archive, f"rounded/{icon.value}-fill.svg").decode())
        assert len(path) == 1, icon
        icon.svg.write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 -960 960 960" '
            f'fill="currentColor"><path d="{path[0]}"/></svg>\n',
            encoding="ascii",
        )
        pen = TTGlyphPen(None)
        upright = (1, 0, 0, -1, 0, 0)  # SVG counts y downwards, fonts upwards
        parse_path(path[0], TransformPen(Cu2QuPen(pen, max_err=1.0, reverse_direction=True), upright))
        outlines[icon.value] = pen.glyph()
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder(list(outlines))
    builder.setupCharacterMap({FIRST_CHARACTER + n: icon.value for n, icon in enumerate(Icon)})
    builder.setupGlyf(outlines)
    glyphs = builder.font["glyf"]
    builder.setupHorizontalMetrics({name: (EM, getattr(glyphs[name], "xMin", 0)) for name in outlines})
    builder.setupHorizontalHeader(ascent=EM, descent=0)
    builder.setupNameTable({"familyName": "Kiosk Icons", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=EM, sTypoDescender=0, usWinAscent=EM, usWinDescent=0)
    builder.setupPost(keepGlyphNames=False)
    builder.updateHead(created=EPOCH, modified=EPOCH)
    builder.font.recalcTimestamp = False
    builder.save(icon_font())
    file("licences", "material-symbols-Apache-2.0.txt").write_bytes(member(archive, "LICENSE"))


def build_logo(side: int = 256) -> None:
    """A red square with a white bar: says "an entity's logo stands here" without being anybody's."""
    sample_logo("svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">'
        '<rect width="64" height="64" rx="15" fill="#C8102E"/><rect x="23" y="13" width="18" height="38" fill="#FFF"/>'
        "</svg>\n",
        encoding="ascii",
    )
    scale = side * 4 // 64
    drawn = Image.new("RGBA", (64 * scale, 64 * scale))
    pencil = ImageDraw.Draw(drawn)
    pencil.rounded_rectangle((0, 0, 64 * scale - 1, 64 * scale - 1), 15 * scale, fill="#C8102E")
    pencil.rectangle((23 * scale, 13 * scale, 41 * scale - 1, 51 * scale - 1), fill="#FFFFFF")
    drawn.resize((side, side), Image.Resampling.LANCZOS).save(sample_logo("png"), optimize=True)


if __name__ == "__main__":
    packages = Path(sys.argv[1])
    build_text_fonts(packages / FONTS)
    build_icons(packages / SYMBOLS)
    build_logo()
