"""The entity's own pictures for its boards: whatever was uploaded is drawn anew, so that only a picture is kept."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from server.faults import Refusal
from server.store.boards import Picture

LARGEST_BYTES = 900_000
"""Of an upload: with the rest of its form it stays under the largest request."""
MOST_PIXELS = 24_000_000
"""A few kilobytes may claim to be a picture that fills the memory."""
SHOWN_PX = 1920
"""The longer side of what is kept; a board draws a slide no larger than that."""
_FORMATS = ("PNG", "JPEG", "WEBP")
_QUALITY = 86


def slide_picture(raw: bytes) -> Picture:
    """The picture in ``raw`` as a board shows it: upright, of at most 1920 x 1920 pixels, without what cameras note.

    A second of one core at most. An animation becomes its first picture.

    Raises:
        Refusal: 413 too large a file, 400 no PNG, JPEG or WebP, or one with too many pixels.
    """
    if len(raw) > LARGEST_BYTES:
        raise Refusal(413, "picture_large")
    try:
        with Image.open(BytesIO(raw), formats=_FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Refusal(400, "picture_pixels")
            opened.draft("RGB", (SHOWN_PX, SHOWN_PX))
            upright = ImageOps.exif_transpose(opened)
            drawn = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise Refusal(400, "no_picture") from error
    except Image.DecompressionBombWarning as error:  # where warnings are errors
        raise Refusal(400, "picture_pixels") from error
    drawn.thumbnail((SHOWN_PX, SHOWN_PX))
    out = BytesIO()
    drawn.save(out, "WEBP", quality=_QUALITY)
    return Picture("image/webp", out.getvalue())
