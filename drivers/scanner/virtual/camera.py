"""A camera that is not there: somebody brings a sample document into view, holds it still, and it can be read."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import cv2

from drivers.scanner.frames import Frame
from drivers.scanner.virtual import optics, samples, ticket
from drivers.scanner.virtual.people import MARIA, PEOPLE
from drivers.scanner.virtual.scene import Pose, Scene, Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.scanner.frames import Image

INTERVAL_S: Final = 1 / 15
"""Smooth enough to the eye, and cheap beside the reader and the screen on two cores."""

EMPTY_FRAMES: Final = 4
ARRIVING_FRAMES: Final = 12
FOCUSING_FRAMES: Final = 17
"""From its appearance until it is sharp: a camera finds its focus after the hand has come to rest."""

OPTICS_INTERVAL_S: Final = 1 / 10
"""A picture with all that is wrong with cameras takes 50 ms of CPU to draw."""
PRESENTATION_FRAMES: Final = 30
"""After three seconds a document is held up anew: another hand, another light."""

CARD_HELD: Final = Pose(y_mm=-1.0, z_mm=83.0, roll_deg=-1.6, pitch_deg=2.0, yaw_deg=-2.5)
TICKET_HELD: Final = Pose(z_mm=125.0, roll_deg=1.8, pitch_deg=-3.0, yaw_deg=3.0)
PASSPORT_HELD: Final = Pose(z_mm=132.0, roll_deg=-1.2, pitch_deg=2.5, yaw_deg=2.0)
HELD: Final = {samples.TICKET: TICKET_HELD, "passport": PASSPORT_HELD}
"""Cards are held as `CARD_HELD`; these are larger."""


class VirtualCamera:
    """Draws frame after frame of a scene; number ``n`` is always the same picture. A `frames.Source`."""

    interval_s = INTERVAL_S

    def __init__(self, scene: Scene, pose_at: Callable[[int], Pose]) -> None:
        self._scene = scene
        self._pose_at = pose_at
        self._next = 0

    def frame(self, number: int) -> Image:
        """Frame ``number``."""
        return self._scene.frame(number, self._pose_at(number))

    def read(self) -> Frame:
        """The next frame; takes about 25 ms of CPU."""
        number, self._next = self._next, self._next + 1
        return Frame(self.frame(number), number)

    def close(self) -> None:
        """Nothing to let go of."""


class DocumentCamera:
    """A document as `optics` sees it: one presentation after the other, of the seeds for development. Gray pictures.

    Raises:
        KeyError: there is no such document, person or level.
    """

    interval_s = OPTICS_INTERVAL_S

    def __init__(self, document: str, number: str, level: str) -> None:
        self._shown = document, level, PEOPLE[number]
        self._next = 0
        self._presentation = optics.presentation(*self._shown, seed=0)

    def read(self) -> Frame:
        """The next frame, 1920 x 1080; takes about 50 ms of CPU."""
        number, self._next = self._next, self._next + 1
        if number and number % PRESENTATION_FRAMES == 0:
            seed = number // PRESENTATION_FRAMES % optics.TEST_SEEDS_FROM
            self._presentation = optics.presentation(*self._shown, seed=seed)
        return Frame(cv2.cvtColor(self._presentation.frame(), cv2.COLOR_GRAY2BGR), number)

    def close(self) -> None:
        """Nothing to let go of."""


def brought_into_view(number: int, held: Pose) -> Pose:
    """Where the sheet is at frame ``number``: below the picture, then rising, then held with a slight tremor."""
    shown = max(0, number - EMPTY_FRAMES)
    left = (1 - min(1.0, shown / ARRIVING_FRAMES)) ** 3  # decelerates, as a hand does
    unsharp = max(0.0, 1 - shown / FOCUSING_FRAMES)
    sway = number * INTERVAL_S * 2 * math.pi
    return replace(
        held,
        x_mm=held.x_mm + 26 * left + 0.35 * math.sin(0.41 * sway),
        y_mm=held.y_mm + 105 * left + 0.30 * math.sin(0.53 * sway + 1),
        z_mm=held.z_mm + 34 * left + 0.8 * math.sin(0.29 * sway + 2),
        roll_deg=held.roll_deg + 16 * left + 0.5 * math.sin(0.37 * sway + 3),
        pitch_deg=held.pitch_deg - 22 * left + 0.6 * math.sin(0.47 * sway + 4),
        yaw_deg=held.yaw_deg + 9 * left + 0.6 * math.sin(0.33 * sway + 5),
        unfocused_px=round(15 * unsharp),
    )


def showing_ticket(url: str, *, held: Pose = TICKET_HELD) -> VirtualCamera:
    """A camera to which a ticket with ``url`` in its QR is shown."""
    return showing_sheet(samples.paper_sheet(ticket.sample_ticket(url)), held)


def showing_nothing() -> VirtualCamera:
    """A camera that looks into the empty room."""
    return showing_sheet(None, CARD_HELD)


def showing(kind: str, number: str = MARIA.number, *, held: Pose | None = None) -> VirtualCamera:
    """A camera to which the document ``kind`` (of `samples.KINDS`) of person ``number`` (of `PEOPLE`) is shown.

    Raises:
        KeyError: there is no such document or person.
    """
    return showing_sheet(samples.sheet(kind, PEOPLE[number]), held or HELD.get(kind, CARD_HELD))


def showing_sheet(sheet: Sheet | None, held: Pose) -> VirtualCamera:
    """A camera to which any sheet is shown."""
    return VirtualCamera(Scene(sheet), lambda number: brought_into_view(number, held))
