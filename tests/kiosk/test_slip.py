"""What the ticket's paper says beside its number: folios, what to bring, and that a copy is one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.tickets import QueueNumber
from drivers.printer.encode import MAX_BYTES, encode
from drivers.printer.profile import PROFILES, Profile
from drivers.printer.words import Slip, Text
from kiosk.slip import SlipFacts, ticket_slip
from kiosk.texts import Texts
from tests.samples import MONDAY_10AM, OFFICE

FACTS = SlipFacts(
    QueueNumber("A", 17), "Presentar documentos", "DNI ••••5678", MONDAY_10AM, "A-017-K7QM", "HTTP://X/T/Y"
)


def _lines(slip: Slip) -> list[str]:
    return [element.text for element in slip.elements if isinstance(element, Text)]


def _printed(**changed: object) -> list[str]:
    return _lines(ticket_slip(replace(FACTS, **changed), OFFICE, Texts(strict=True)))  # type: ignore[arg-type]


def test_nothing_is_said_of_what_was_not_asked() -> None:
    assert not [line for line in _printed() if "folio" in line or "Traiga" in line]


def test_folios_stand_with_the_document() -> None:
    assert "23/11/2026 10:00  DNI ••••5678  12 folios" in _printed(folios=12)


def test_what_is_lacking_is_to_be_brought() -> None:
    assert "Traiga: Copia simple de su DNI" in _printed(bring=("Copia simple de su DNI",))


@pytest.mark.parametrize("count", range(2, 9))
def test_long_requirements_are_shortened_and_none_is_left_out(count: int) -> None:
    bring = tuple(f"{n} requisito que se escribe con muchas palabras para que no quepa entero" for n in range(count))
    (line,) = [line for line in _printed(bring=bring) if line.startswith("Traiga")]
    assert all(f"{n} requisito" in line for n in range(count))
    assert line.count("...") == count
    assert len(line) <= 8 + max(84, 18 * count) + 2 * count


def test_a_copy_says_so_first() -> None:
    assert _lines(ticket_slip(FACTS, OFFICE, Texts(strict=True), copy=2))[0] == "*** DUPLICADO 2 ***"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_ticket_with_much_to_bring_still_fits_every_printers_buffer(profile: Profile) -> None:
    bring = tuple("Ñandú, güiro y çedilla en una línea que la impresora dibuja" for _ in range(8))
    assert len(encode(ticket_slip(replace(FACTS, bring=bring), OFFICE, Texts()), "0001", profile).data) <= MAX_BYTES
