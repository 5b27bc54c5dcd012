"""What was found out about a printer, and the profile that follows from it. No device here: only decisions.

A wrong yes costs tickets (a QR that is not there, a job that is never confirmed), a wrong no costs a second. So what
nobody proved counts as missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drivers.printer.profile import PROFILES
from drivers.printer.words import LogoMemory, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.printer.profile import Profile

WIDE_DOTS, NARROW_DOTS = 576, 384
"""The heads of 80 mm and of 58 mm paper."""

Overrides = dict[str, str | bool]
"""By the names of the configuration: ``tier``, ``native_qr``, ``logo``."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the wire proved (the first three), and what a person saw on paper: None where nobody looked."""

    tier: Tier
    clears: bool = False
    auto_status: bool = False
    native_qr: bool | None = None
    head_dots: int | None = None
    letters: bool | None = None
    cuts: bool | None = None
    logo: bool | None = None


def profile_from(findings: Findings) -> tuple[str, Overrides]:
    """The nearest kind of printer, and what this one differs in.

    A kind is never chosen that sends what this printer does not understand. Of the others the one with the fewest
    differences, and of those the one that can do the most (they stand in this order).
    """
    differences = {profile.name: _differences(findings, profile) for profile in PROFILES.values()}
    fitting = [profile.name for profile in PROFILES.values() if _fits(findings, profile)]
    name = min(fitting, key=lambda name: len(differences[name]))
    return name, differences[name]


def _fits(findings: Findings, profile: Profile) -> bool:
    narrow = findings.head_dots == NARROW_DOTS
    if narrow != (profile.head_dots == NARROW_DOTS):
        return False
    able = findings.clears and findings.auto_status
    return narrow or able == (profile.clears and profile.auto_status)


def _differences(findings: Findings, profile: Profile) -> Overrides:
    differences: Overrides = {}
    if findings.tier is not profile.tier:
        differences["tier"] = findings.tier.value
    if bool(findings.native_qr) is not profile.native_qr:
        differences["native_qr"] = bool(findings.native_qr)
    if findings.logo is not None:
        differences["logo"] = (LogoMemory.NV if findings.logo else LogoMemory.NONE).value
    return differences


def may_hold_logo(findings: Findings) -> bool:
    """Whether FS q may be sent unasked: Epson's class knows it, a clone may print six thousand bytes of rubbish."""
    return findings.tier is Tier.PROCESS_ID or findings.clears


def doubts(findings: Findings) -> Iterator[str]:
    """What was not verified or is not as it should be, in Spanish, a sentence each."""
    if findings.native_qr is None:
        yield "No verificado: si dibuja códigos QR por sí misma. Se le enviarán dibujados, que es más lento."
    if findings.head_dots is None:
        yield "No verificado: el ancho del cabezal. Se supone papel de 80 mm (576 puntos)."
    if findings.letters is None:
        yield "No verificado: las letras con tilde y la Ñ en el papel."
    if findings.letters is False:
        yield "Tildes o Ñ salieron mal: en los ajustes de la impresora, ponga la página PC850 y apague el modo chino."
    if findings.cuts is None:
        yield "No verificado: la cuchilla."
    if findings.cuts is False and findings.head_dots != NARROW_DOTS:
        yield "No cortó el papel: si tiene cuchilla, actívela en sus ajustes. Sin ella, cada ticket se arranca a mano."
    if findings.logo is False:
        yield "El logotipo no salió bien: no se usará."


SWITCHES: Final = (
    "Revise los interruptores (DIP) de la impresora, con la hoja de autoprueba (enciéndala con FEED pulsado):",
    "  SW 2-1 en ON: ocupada solo con la memoria llena, así contesta también con la tapa abierta.",
    "  Memoria de recepción de 4 KB. Línea serie 8 bits, sin paridad, 1 bit de parada (8N1).",
    "  Reinicio por DSR e INIT (2-7 y 2-8) en OFF: si no, se reinicia cada vez que el programa abre el puerto.",
    "  Error de recepción: imprimir «?». Así una velocidad equivocada se ve en el papel.",
)
