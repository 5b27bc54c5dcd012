"""Colours, sizes and motion, the same for the touchscreen and the web pages.

Lengths are in u: ``1u = min(width, height) / 1080`` pixels, about 0.25 mm on a 21.5-inch portrait panel. Every pair of
`TEXT_PAIRS` reaches 7:1 (WCAG 1.4.6, level AAA). Red is identity, blue is action, green is done; no meaning rests
on colour alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

REFERENCE_PX = 1080
"""The short side of the panel at which 1u is one pixel."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A set of colours by role, as ``#RRGGBB`` or ``#RRGGBBAA``. ``x`` is drawn under ``on_x``."""

    bg: str = "#F4F2EE"
    surface: str = "#FFFFFF"
    ink: str = "#14213D"
    ink2: str = "#3C4858"
    line: str = "#D5D0C6"
    """Decoration only."""
    line2: str = "#8A8F98"
    """Borders that say something: 3:1."""
    primary: str = "#0A4A94"
    primary_down: str = "#073768"
    on_primary: str = "#FFFFFF"
    on_primary_soft: str = "#FFFFFF2E"
    """A veil on ``primary``, behind an icon."""
    tint: str = "#E6EEF8"
    tint_down: str = "#CBDCF0"
    surface_down: str = "#DCE6F3"
    brand: str = "#C8102E"
    """Shapes only, no small text."""
    brand_dark: str = "#9B0C23"
    hero_top: str = "#A80D27"
    hero_bottom: str = "#86081D"
    on_hero: str = "#FFFFFF"
    hero_veil: str = "#0000002E"
    """Behind what is touched on the hero; white stays written on it."""
    weave: str = "#FFFFFF13"
    ok: str = "#095A32"
    ok_tint: str = "#E3F2E9"
    warn: str = "#774000"
    warn_tint: str = "#FCEFD9"
    err: str = "#9B0C23"
    err_tint: str = "#FBE9EC"
    shadow: str = "#14213D1F"
    scrim: str = "#0B1222B8"
    stage: str = "#1B2434"
    """Behind the camera's picture."""
    on_stage: str = "#FFFFFF"
    qr_ink: str = "#000000"
    qr_paper: str = "#FFFFFF"


DAY = Scheme()

CONTRAST = Scheme(
    bg="#000000",
    surface="#000000",
    ink="#FFFFFF",
    ink2="#FFFFFF",
    line="#FFFFFF",
    line2="#FFFFFF",
    primary="#FFD400",
    primary_down="#FFFFFF",
    on_primary="#000000",
    on_primary_soft="#0000001F",
    tint="#000000",
    tint_down="#3A3A3A",
    surface_down="#3A3A3A",
    brand="#FFD400",
    brand_dark="#FFD400",
    hero_top="#000000",
    hero_bottom="#000000",
    on_hero="#FFFFFF",
    hero_veil="#000000",
    weave="#FFFFFF00",
    ok="#FFD400",
    ok_tint="#000000",
    warn="#FFD400",
    warn_tint="#000000",
    err="#FFD400",
    err_tint="#000000",
    shadow="#00000000",
    scrim="#000000E6",
    stage="#000000",
    on_stage="#FFFFFF",
)
"""Black, white and yellow for who sees little; a QR code stays black on white, or no telephone reads it."""

SCHEMES = {"day": DAY, "contrast": CONTRAST}

TEXT_PAIRS = (
    ("ink", "bg"),
    ("ink", "surface"),
    ("ink", "tint"),
    ("ink", "tint_down"),
    ("ink", "surface_down"),
    ("ink2", "bg"),
    ("ink2", "surface"),
    ("ink2", "tint"),
    ("primary", "bg"),
    ("primary", "surface"),
    ("primary", "tint"),
    ("on_primary", "primary"),
    ("on_primary", "primary_down"),
    ("bg", "ink"),
    ("brand_dark", "bg"),
    ("brand_dark", "surface"),
    ("on_hero", "hero_top"),
    ("on_hero", "hero_bottom"),
    ("ok", "surface"),
    ("ok", "bg"),
    ("ok", "ok_tint"),
    ("warn", "warn_tint"),
    ("err", "err_tint"),
    ("err", "bg"),
    ("on_stage", "stage"),
    ("qr_ink", "qr_paper"),
)
"""Which colours are written on which."""

TYPE_U = {
    "ticket": 270,
    "display": 128,
    "digit": 84,
    "h1": 68,
    "h2": 60,
    "cta": 50,
    "card": 48,
    "key": 52,
    "lead": 46,
    "body": 36,
    "label": 34,
    "small": 30,
    "least": 27,
}
"""Text sizes by role; nothing is smaller than ``least``."""

LARGE = 1.25
"""How much larger content is written for who asks for large text, and its smallest size with it."""

FIXED_ROLES = frozenset({"ticket", "display", "digit", "key"})
"""What is large enough for everybody: it stays as it is."""

TOUCH_U = {"least": 92, "key": 80}
"""The least height and width of what is touched: 23 mm on the reference panel, 20 mm for a key among keys."""

RADIUS_U = {"card": 36, "ticket": 40, "cta": 34, "key": 30, "small_key": 22, "pill": 48}

MOTION_MS = {"press_out": 220, "fade": 180, "settle": 200}
"""``settle``: after a change of screen, touches are ignored for so long (tremor, double taps)."""


def rgba(colour: str) -> tuple[float, float, float, float]:
    """``#RRGGBB`` or ``#RRGGBBAA`` as four numbers from 0 to 1."""
    digits = colour.removeprefix("#").ljust(8, "F")
    red, green, blue, alpha = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4, 6))
    return red, green, blue, alpha


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, "relative luminance")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def css_variables(scheme: Scheme = DAY) -> str:
    """The scheme as CSS declarations: ``--ink2: #3C4858;`` and so on, one a line."""
    return "\n".join(f"--{role.replace('_', '-')}: {colour};" for role, colour in asdict(scheme).items())


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba(colour)[:3]]  # noqa: PLR2004  # WCAG's own numbers
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
