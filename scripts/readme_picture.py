"""Puts the demo's pictures on one sheet, for the README: `make demo`, then this; writes docs/pictures/line.png."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "build" / "demo"
PAPER, EDGE = "#E9E5DC", "#B9B2A4"
GAP = 28
TALL, FLAT = 560, 420
ROWS = (
    (TALL, ("screens/01-welcome", "screens/02-identify", "screens/05-describe", "screens/10-ticket-printed", "ticket")),
    (FLAT, ("desk", "board", "tracking")),
)


def main() -> None:
    """Draws the sheet."""
    rows = [[_fit(name, height) for name in names] for height, names in ROWS]
    width = max(sum(picture.width + GAP for picture in row) for row in rows) + GAP
    sheet = Image.new("RGB", (width, sum(height for height, _ in ROWS) + GAP * (len(ROWS) + 1)), PAPER)
    pen, top = ImageDraw.Draw(sheet), GAP
    for (height, _), row in zip(ROWS, rows, strict=True):
        space = (width - sum(picture.width for picture in row)) // (len(row) + 1)
        left = space
        for picture in row:
            at = (left, top + (height - picture.height) // 2)
            pen.rectangle((at[0] - 1, at[1] - 1, at[0] + picture.width, at[1] + picture.height), outline=EDGE)
            sheet.paste(picture, at)
            left += picture.width + space
        top += height + GAP
    (ROOT / "docs" / "pictures").mkdir(exist_ok=True)
    sheet.quantize(256).save(ROOT / "docs" / "pictures" / "line.png", optimize=True)


def _fit(name: str, height: int) -> Image.Image:
    with Image.open(DEMO / f"{name}.png") as picture:
        scale = min(height / picture.height, 0.42 if name == "ticket" else 1)
        return picture.convert("RGB").resize(
            (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS
        )


if __name__ == "__main__":
    main()
