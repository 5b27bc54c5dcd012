"""From what was found to the profile: every row a printer that somebody could bring."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from drivers.printer.doctor.findings import NARROW_DOTS, WIDE_DOTS, Findings, doubts, may_hold_logo, profile_from
from drivers.printer.profile import PROFILES
from drivers.printer.words import LogoMemory, Tier

EPSON = Findings(Tier.PROCESS_ID, True, True, native_qr=True, head_dots=WIDE_DOTS, letters=True, cuts=True)
CLONE = Findings(Tier.SENSOR, native_qr=True, head_dots=WIDE_DOTS, letters=True, cuts=True)
PLAIN = Findings(Tier.STATUS, native_qr=False, head_dots=WIDE_DOTS, letters=True, cuts=True)
MINI = Findings(Tier.SENSOR, native_qr=False, head_dots=NARROW_DOTS, letters=True, cuts=False)


@pytest.mark.parametrize(
    ("findings", "model", "overrides"),
    [
        (EPSON, "epson-80", {}),
        (CLONE, "clone-80", {}),
        (PLAIN, "plain-80", {}),
        (MINI, "mini-58", {}),
        (replace(EPSON, logo=True), "epson-80", {"logo": "nv"}),
        (replace(EPSON, logo=False), "epson-80", {"logo": "none"}),
        (replace(EPSON, tier=Tier.SENSOR), "epson-80", {"tier": "sensor"}),  # Bixolon's: all but GS ( H
        (replace(EPSON, native_qr=None), "epson-80", {"native_qr": False}),  # nobody looked
        (replace(EPSON, head_dots=None), "epson-80", {}),
        (replace(EPSON, clears=False), "clone-80", {"tier": "process_id"}),  # never sent what it does not know
        (replace(EPSON, auto_status=False), "clone-80", {"tier": "process_id"}),
        (replace(CLONE, native_qr=False), "clone-80", {"native_qr": False}),
        (replace(CLONE, native_qr=None), "clone-80", {"native_qr": False}),
        (replace(PLAIN, native_qr=True), "clone-80", {"tier": "status"}),
        (replace(MINI, tier=Tier.STATUS, native_qr=True), "mini-58", {"tier": "status", "native_qr": True}),
        (replace(MINI, clears=True, auto_status=True), "mini-58", {}),
    ],
)
def test_the_nearest_kind_and_what_differs(findings: Findings, model: str, overrides: dict[str, object]) -> None:
    assert profile_from(findings) == (model, overrides)


def test_no_kind_is_chosen_that_can_more_than_was_proved() -> None:
    for tier, clears, auto, qr, dots in product(
        (Tier.PROCESS_ID, Tier.SENSOR, Tier.STATUS), (True, False), (True, False), (True, False, None), (576, 384, None)
    ):
        model, overrides = profile_from(Findings(tier, clears, auto, native_qr=qr, head_dots=dots))
        profile = PROFILES[model]
        assert overrides.get("tier", profile.tier.value) == tier.value
        assert overrides.get("native_qr", profile.native_qr) == bool(qr)
        assert not profile.clears or clears
        assert not profile.auto_status or auto
        assert profile.head_dots == (dots or 576)
        assert profile.logo is LogoMemory.NONE


def test_what_was_seen_leaves_no_doubt_and_what_was_not_seen_is_said() -> None:
    assert list(doubts(EPSON)) == []
    assert list(doubts(MINI)) == []  # no cutter is no surprise there
    told = " ".join(doubts(Findings(Tier.PROCESS_ID, True, True)))
    for about in ("QR", "ancho", "tilde", "cuchilla"):
        assert about in told
    assert "PC850" in " ".join(doubts(replace(EPSON, letters=False)))
    assert "No cortó" in " ".join(doubts(replace(EPSON, cuts=False)))
    assert "no se usará" in " ".join(doubts(replace(EPSON, logo=False)))


def test_a_logo_is_sent_unasked_only_to_epsons_kind() -> None:
    assert may_hold_logo(EPSON)
    assert not may_hold_logo(CLONE)
