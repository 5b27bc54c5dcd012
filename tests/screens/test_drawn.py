"""Every page in every state and size: nothing cut off, nothing over something else, everything large enough to hit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from assets.theme import TOUCH_U
from kiosk.flow.state import Aid, State
from tests.screens.measure import box, ink, seen, window
from tests.screens.moments import MOMENTS
from tests.screens.stage import FLOOR, LANDSCAPE, PORTRAIT, PORTRAIT_SMALL, Stage

if TYPE_CHECKING:
    from kivy.uix.label import Label

LANGUAGES = ("es", "qu", "ay", "en")
MODES: dict[str, frozenset[Aid]] = {
    "normal": frozenset(),
    "large": frozenset({Aid.LARGE}),
    "contrast": frozenset({Aid.CONTRAST}),
    "reach": frozenset({Aid.REACH}),
    "voice": frozenset({Aid.VOICE}),
}
PANELS = [
    pytest.param(PORTRAIT_SMALL, tuple(MODES), id="small"),
    pytest.param(PORTRAIT, ("normal", "large"), id="portrait"),
    pytest.param(LANDSCAPE, ("normal", "large"), id="landscape"),
    pytest.param(FLOOR, ("normal", "large", "reach"), id="floor"),
]
"""Half the portrait's size, where everything is drawn in half the time, stands for it in the other modes."""


def moment(name: str, mode: str) -> State:
    """In the mode, and with all languages to choose from: that is where room is scarcest."""
    state = MOMENTS[name]
    return replace(state, aids=state.aids | MODES[mode], languages=LANGUAGES)


@pytest.mark.parametrize(("panel", "modes"), PANELS)
def test_everything_is_whole_and_can_be_hit(stage: Stage, panel: tuple[int, int], modes: tuple[str, ...]) -> None:
    """All moments in one test: another size or mode measures every page anew, another moment only what differs."""
    stage.resize(panel)
    for mode in modes:
        faults = {name: found for name in MOMENTS if (found := _faults(stage, moment(name, mode)))}
        assert faults == {}, mode
        stage.app._root.show_failsafe()
        stage.play()
        assert _out_of_the_window(stage) == [], mode


def _faults(stage: Stage, state: State) -> list[object]:
    stage.show(state)
    return [
        *_texts_cut_off(stage),
        *_texts_over_texts(stage),
        *_out_of_the_window(stage),
        *_too_small_for_a_finger(stage),
        *_over_each_other(stage),
        *(_above_the_middle(stage) if Aid.REACH in state.aids else ()),
    ]


KEYS = ("keypad.", "keyboard.")


def _labels(stage: Stage) -> list[Label]:
    from kiosk.ui.kit.words import Words  # noqa: PLC0415  # Kivy after its preparation

    return [widget for widget in seen(stage) if isinstance(widget, Words) and widget.text.strip()]


def _texts_cut_off(stage: Stage) -> list[str]:
    from kiosk.ui.kit.words import Fitted  # noqa: PLC0415  # Kivy after its preparation

    return [
        label.text
        for label in _labels(stage)
        if isinstance(label, Fitted)
        and not (label._fits(label.font_size) and _drawn(label) == "".join(label.text.split()))
        and not ("ñññ" in label.text and label.font_size)  # nobody writes a word of 160 letters
    ]


def _drawn(label: Label) -> str:
    """The letters that are in the lines that Kivy drew: what has no room it leaves out without a word."""
    return "".join("".join(word.text.split()) for line in label._label._cached_lines for word in line.words)


def _texts_over_texts(stage: Stage) -> list[tuple[str, str]]:
    boxes = [ink(label) for label in _labels(stage)]
    return [(a.what, b.what) for n, a in enumerate(boxes) for b in boxes[n + 1 :] if a.overlaps(b)]


def _out_of_the_window(stage: Stage) -> list[str]:
    whole = window(stage)
    texts = [ink(label) for label in _labels(stage)]
    targets = [box(pressable, pressable.key) for pressable in stage.finger.pressables()]
    return [found.what for found in (*texts, *targets) if not found.inside(whole)]


def _too_small_for_a_finger(stage: Stage) -> list[tuple[str, float, float]]:
    u = stage.app.look.u
    return [
        (pressable.key, round(pressable.width / u), round(pressable.height / u))
        for pressable in stage.finger.pressables()
        if min(pressable.size) / u < TOUCH_U["key" if pressable.key.startswith(KEYS) else "least"] - 0.5
    ]


def _above_the_middle(stage: Stage) -> list[str]:
    """A panel that lies on its side is so low that all of it is in reach."""
    whole = window(stage)
    boxes = [box(pressable, pressable.key) for pressable in stage.finger.pressables()]
    upright = whole.top > whole.right
    return [found.what for found in boxes if upright and (found.bottom + found.top) / 2 > whole.top / 2]


def _over_each_other(stage: Stage) -> list[tuple[str, str]]:
    boxes = [box(pressable, pressable.key) for pressable in stage.finger.pressables()]
    return [(a.what, b.what) for n, a in enumerate(boxes) for b in boxes[n + 1 :] if a.overlaps(b)]


@pytest.mark.parametrize("name", MOMENTS)
def test_all_that_can_be_touched_can_be_reached(stage: Stage, name: str) -> None:
    stage.show(MOMENTS[name])
    finger = stage.finger
    keys = [pressable.key for pressable in finger.pressables()]
    assert "" not in keys
    assert len(keys) == len(set(keys))
    assert [(key, finger.fault(key)) for key in keys if finger.fault(key)] == []


def test_the_pages_are_really_painted(stage: Stage) -> None:
    """The header's red rule, the hero and the blue button stand where they should."""
    stage.show(MOMENTS["welcome"])
    picture = stage.picture()
    assert picture.size == PORTRAIT_SMALL
    assert picture.getpixel((5, 66)) == (0xC8, 0x10, 0x2E)
    assert picture.getpixel((300, 356)) == (0x0A, 0x4A, 0x94)


ONE_A_PAGE = {state.screen: name for name, state in reversed(MOMENTS.items())}


def test_an_aid_that_is_switched_on_a_page_changes_it_as_if_it_had_been_on_before(stage: Stage) -> None:
    """All pages in one test: to switch an aid measures every page anew, also those out of sight."""
    modes = ("normal", "large", "reach", "normal")
    fresh = {}
    for mode in modes:
        for name in ONE_A_PAGE.values():
            stage.show(moment("welcome" if not name.startswith("welcome") else "identify", mode))
            stage.show(moment(name, mode))
            fresh[name, mode] = _at_rest(stage)
    for name in ONE_A_PAGE.values():
        stage.show(moment(name, "normal"))
        for mode in modes[1:]:
            stage.show(moment(name, mode))
            assert _moved(_at_rest(stage), fresh[name, mode]) == [], (name, mode)


def test_a_panel_that_was_turned_stands_as_it_did(stage: Stage) -> None:
    upright = {}
    for turned in (False, True):
        for name in ONE_A_PAGE.values():
            stage.show(moment(name, "normal"))
            now = _at_rest(stage)
            assert _moved(now, upright.setdefault(name, now)) == [], name
        if not turned:
            width, height = PORTRAIT_SMALL
            stage.resize((height, width))
            stage.resize(PORTRAIT_SMALL)


def _at_rest(stage: Stage) -> dict[str, tuple[int, ...]]:
    """Where everything stands once nothing moves any more."""
    before, now = {}, _places(stage)
    while now != before:
        stage.play(0.15)
        before, now = now, _places(stage)
    return now


def _places(stage: Stage) -> dict[str, tuple[int, ...]]:
    boxes = [box(pressable, pressable.key) for pressable in stage.finger.pressables()]
    return {b.what: (round(b.left), round(b.bottom), round(b.right), round(b.top)) for b in boxes}


def _moved(now: dict[str, tuple[int, ...]], then: dict[str, tuple[int, ...]]) -> list[str]:
    """What is not where it was, but for the pixels that a text's last line may make."""
    both = now.keys() & then.keys()
    far = [key for key in both if max(abs(a - b) for a, b in zip(now[key], then[key], strict=True)) > 3]
    return [*far, *(now.keys() ^ then.keys())]


def test_a_page_that_faded_in_stands_where_it_belongs(stage: Stage) -> None:
    """The bar below the first page is taller than below all others, and the languages may come to stand above it."""
    from kivy.uix.screenmanager import FadeTransition  # noqa: PLC0415  # Kivy after its preparation

    manager = stage.app._root._manager
    at_once = manager.transition
    fade = manager.transition = FadeTransition(duration=0.18)
    fade.bind(on_complete=stage.app._root._pin)
    try:
        for name, lowered in (("identify", False), ("welcome", False), ("contact", True), ("welcome", True)):
            stage.app.show(replace(MOMENTS[name], languages=LANGUAGES))
            stage.step()
            if lowered:
                stage.app.show(replace(MOMENTS[name], languages=LANGUAGES, aids=frozenset({Aid.REACH})))
            for _ in range(20):  # it counts frames, and a busy machine draws few
                stage.play(0.5)
                if not fade.is_active:
                    break
            assert not fade.is_active
            assert stage.app._root.page.pos == manager.pos
            assert stage.app._root.page.size == manager.size
    finally:
        manager.transition = at_once


def test_the_cameras_picture_is_the_right_way_up(stage: Stage) -> None:
    """Rounded rectangles map a texture upside down (Kivy 2.3.1), and so do pictures: the two must cancel out."""
    frame = np.full((720, 1280, 3), 40, np.uint8)
    frame[:360] = (250, 0, 0)
    stage.show(MOMENTS["identify"])
    stage.frame = frame
    stage.play(0.1)
    camera = box(stage.app._root.page.ids.camera)
    picture = stage.picture()
    x, height = round(camera.left) + 12, picture.height
    assert picture.getpixel((x, height - round(camera.top) + 30)) == (250, 0, 0)
    assert picture.getpixel((x, height - round(camera.bottom) - 30)) == (40, 40, 40)


def test_a_camera_that_went_away_leaves_no_frozen_picture(stage: Stage) -> None:
    stage.show(MOMENTS["identify"])
    stage.frame = np.zeros((720, 1280, 3), np.uint8)
    stage.play(0.1)
    stage.frame = None
    stage.show(MOMENTS["identify_starting"])
    assert not stage.app._root.page.ids.camera.live


@pytest.mark.parametrize(
    ("moment", "title"),
    [
        ("identify", "Muestre o escriba su DNI"),
        ("identify_camera_and_reader", "Muestre o escriba su DNI"),
        ("identify_reader", "Pase su DNI por el lector"),
        ("identify_no_camera", "Escriba su número de DNI"),
    ],
)
def test_the_visitor_is_asked_for_what_can_be_read(stage: Stage, moment: str, title: str) -> None:
    from kiosk.ui.kit.camera_view import CameraView  # noqa: PLC0415  # Kivy after its preparation
    from kiosk.ui.kit.surfaces import SampleBack, SampleCard  # noqa: PLC0415

    stage.show(MOMENTS[moment])
    shown = {type(widget) for widget in seen(stage)} & {CameraView, SampleBack, SampleCard}
    drawn = {"Muestre": CameraView, "Pase": SampleBack, "Escriba": SampleCard}
    assert title in [label.text for label in _labels(stage)]
    assert shown == {drawn[title.split(maxsplit=1)[0]]}


def test_no_picture_stays_when_the_page_is_left(stage: Stage) -> None:
    stage.show(MOMENTS["identify"])
    stage.frame = np.zeros((720, 1280, 3), np.uint8)
    stage.play(0.1)
    page = stage.app._root.page
    assert page.ids.camera.live
    stage.show(MOMENTS["welcome"])
    assert page.ids.camera.texture is None
