"""What a model of printer can do: found out once at installation, never guessed from its name.

The keys are written into the configuration by the doctor; what a particular unit differs in stands beside the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from drivers.printer.words import LogoMemory, Tier

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of printer; the default is Epson's 80 mm class (TM-T20III).

    ``head_dots`` is the width it can print, at ``dots_per_mm``. ``clears`` says that DLE DC4 8 empties its buffers,
    ``tells_cause`` that it answers DLE EOT 2 and 3, ``auto_status`` that GS a makes it speak at each change.
    ``escpos_name`` is python-escpos' profile, for the number of the code page.
    """

    name: str = "epson-80"
    escpos_name: str = "TM-T20II"
    head_dots: int = 576
    dots_per_mm: int = 8
    native_qr: bool = True
    has_cutter: bool = True
    tier: Tier = Tier.PROCESS_ID
    clears: bool = True
    tells_cause: bool = True
    auto_status: bool = True
    logo: LogoMemory = LogoMemory.NONE

    @property
    def columns(self) -> int:
        """Letters of font A (12 dots wide) in a line."""
        return self.head_dots // CELL_WIDTH_DOTS


CELL_WIDTH_DOTS: Final = 12

EPSON_80: Final = Profile()
CLONE_80: Final = Profile("clone-80", tier=Tier.SENSOR, clears=False, auto_status=False)
PLAIN_80: Final = Profile("plain-80", tier=Tier.STATUS, clears=False, auto_status=False, native_qr=False)
MINI_58: Final = Profile(
    "mini-58",
    "POS-5890",
    head_dots=384,
    tier=Tier.SENSOR,
    clears=False,
    tells_cause=False,
    auto_status=False,
    native_qr=False,
    has_cutter=False,
)

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {profile.name: profile for profile in (EPSON_80, CLONE_80, PLAIN_80, MINI_58)}
)
