"""A scripted visitor: touches the real buttons, shows the card that the camera sees, and leaves pictures behind.

Nothing is faked for it: what it does is what a hand can do, and it waits for what a person waits for.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import TYPE_CHECKING, Protocol

from drivers.scanner.words import CameraState
from kiosk.flow.state import Paper, Screen

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from kiosk.flow.state import State

log = logging.getLogger(__name__)

SAMPLE_DNI = "12345678"
"""Nobody's: the number on the sample card."""
LOOK_S = 20.0
"""How long the visitor holds up the card before using the keypad."""
RISE_S = 0.5
"""A hand takes this long to bring a card before the camera; the picture is of a card, not of an empty room."""
PATIENCE_S = 30.0


class Glass(Protocol):
    """The screen as a visitor has it: `kiosk.ui.app.KioskApp` is one."""

    def tap(self, key: str, within_s: float = 5.0) -> Future[None]:
        """Touches a button."""
        ...

    def snapshot(self, path: Path) -> Future[Path]:
        """Takes a picture."""
        ...


class Rehearsal:
    """One visit from welcome to ticket, in a thread of its own; told in ``folder``/visit.json when it is over."""

    def __init__(self, glass: Glass, state: Callable[[], State], folder: Path) -> None:
        """``state`` gives the visit's newest state, to be looked at only."""
        self._glass = glass
        self._state = state
        self._folder = folder
        self._steps: list[dict[str, object]] = []

    def start(self) -> None:
        """The visitor walks in."""
        self._folder.mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._run, name="rehearsal", daemon=True).start()

    def _run(self) -> None:
        try:
            self._visit()
        except Exception as error:
            log.exception("rehearsal.failed")
            self._tell({"failed": f"{type(error).__name__}: {error}"})

    def _visit(self) -> None:
        self._picture(Screen.WELCOME)
        self._tap("welcome.hand_in")
        by = self._identify()
        self._confirm()
        self._picture(Screen.SERVICE)
        self._tap(f"service.{self._state().services[0].code}")
        self._wait_for(Screen.REQUEST)
        self._tap("request.describe")
        self._wait_for(Screen.DESCRIBE)
        self._type("solicito una copia de mi expediente")
        self._picture(Screen.DESCRIBE)
        self._tap("describe.continue")
        self._picture(Screen.REQUEST)
        self._tap("request.continue")
        self._wait_for(Screen.CONTACT)
        self._type("987654321")
        self._picture(Screen.CONTACT)
        self._tap("contact.continue")
        self._picture(Screen.REVIEW)
        self._tap("review.confirm")
        self._picture(Screen.TICKET)
        self._wait(lambda state: state.paper is not Paper.PRINTING, "the printer's word")
        self._picture(Screen.TICKET, "ticket-printed")
        state = self._state()
        if state.ticket is None:
            raise RehearsalError("the ticket is gone")
        self._tell(
            {
                "dni": SAMPLE_DNI,
                "identified_by": by,
                "number": str(state.ticket.number),
                "url": state.ticket.url,
                "paper": state.paper.value,
            }
        )

    def _identify(self) -> str:
        """Holds up the card; uses the keypad when nothing reads it. Which of the two it was."""
        self._wait_for(Screen.IDENTIFY)
        time.sleep(RISE_S)  # the hand goes to the pocket
        deadline = time.monotonic() + LOOK_S
        while time.monotonic() < deadline and self._state().camera is not CameraState.ABSENT:
            if self._state().camera is CameraState.WATCHING and not self._seen(Screen.IDENTIFY):
                time.sleep(RISE_S)
                self._snap(Screen.IDENTIFY.value)
            if self._state().screen is not Screen.IDENTIFY:
                return "camera"
            time.sleep(0.05)
        for digit in SAMPLE_DNI[:-1]:
            self._tap(f"keypad.{digit}")
        self._picture(Screen.IDENTIFY, "identify-typed")
        self._tap(f"keypad.{SAMPLE_DNI[-1]}")  # goes on by itself
        return "keypad"

    def _confirm(self) -> None:
        """It is their number; whoever has been here today comes for another turn."""
        reached = (Screen.CHECK_DOCUMENT, Screen.EARLIER)
        self._wait(lambda state: state.screen in reached, "the number to be shown")
        self._snap(Screen.CHECK_DOCUMENT.value)
        is_known = self._state().screen is Screen.EARLIER
        self._tap("earlier.other" if is_known else "check_document.yes")

    def _type(self, text: str) -> None:
        for character in text:
            self._tap(f"keyboard.{'space' if character == ' ' else character}")

    def _tap(self, key: str) -> None:
        self._glass.tap(key, PATIENCE_S).result(PATIENCE_S + 5)

    def _picture(self, screen: Screen, name: str = "") -> None:
        self._wait_for(screen)
        self._snap(name or screen.value)

    def _snap(self, name: str) -> None:
        path = self._folder / f"{len(self._steps) + 1:02d}-{name}.png"
        self._glass.snapshot(path).result(PATIENCE_S)
        self._steps.append({"screen": name, "picture": path.name, "monotonic_s": time.monotonic()})

    def _seen(self, screen: Screen) -> bool:
        return any(step["screen"] == screen.value for step in self._steps)

    def _wait_for(self, screen: Screen) -> None:
        self._wait(lambda state: state.screen is screen, f"the {screen.value} screen")

    def _wait(self, true: Callable[[State], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not true(self._state()):
            if time.monotonic() > deadline:
                raise RehearsalError(f"waited {PATIENCE_S:.0f} s for {what}, on {self._state().screen.value}")
            time.sleep(0.02)

    def _tell(self, told: dict[str, object]) -> None:
        """Leaves visit.json whole or not at all: others wait for it."""
        whole = self._folder / "visit.json.part"
        whole.write_text(json.dumps(told | {"steps": self._steps}, indent=2, ensure_ascii=False), encoding="utf-8")
        whole.rename(self._folder / "visit.json")


class RehearsalError(Exception):
    """The visit did not go as it should."""
