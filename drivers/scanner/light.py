"""The lamp at the camera: on only while somebody is asked for a document. What switches it is not ours to know."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import signal
import subprocess
import threading
from typing import Final, Protocol

NONE: Final = "none"
COMMAND: Final = "command:"

PATIENCE_S: Final = 3.0
"""How long a switching program may take before it is ended."""
CLOSING_S: Final = 1.0

_log = logging.getLogger(__name__)


class Light(Protocol):
    """A lamp. Nothing here waits, and nothing raises: without its lamp a scanner still scans."""

    def switch(self, *, on: bool) -> None:
        """Wants it on or off from now on; what was wanted before and not done yet is forgotten."""
        ...

    def close(self) -> None:
        """Switches it off for good; at most a second."""
        ...


class NoLight:
    """There is none, or it is always on."""

    def switch(self, *, on: bool) -> None:
        """Nothing to switch."""

    def close(self) -> None:
        """Nothing to let go of."""


class CommandLight:
    """Runs a program with ``on`` or ``off`` as its last argument, in a thread of its own, without a shell.

    A program that takes longer than three seconds is ended with all that it started. It is off at first.
    """

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command
        self._changed = threading.Condition()
        self._wanted = False
        self._is_on: bool | None = None
        self._ending = False
        self._running: subprocess.Popen[bytes] | None = None
        self._worked: bool | None = None
        self._thread = threading.Thread(target=self._run, name="light", daemon=True)
        self._thread.start()

    def switch(self, *, on: bool) -> None:
        """Wants it on or off from now on."""
        with self._changed:
            if not self._ending:
                self._wanted = on
                self._changed.notify_all()

    def close(self) -> None:
        """Switches it off and ends the thread, within a second; a program that takes longer is ended."""
        with self._changed:
            self._wanted, self._ending = False, True
            self._changed.notify_all()
        self._thread.join(CLOSING_S)
        if self._thread.is_alive() and self._running is not None:
            _kill(self._running)
            self._thread.join(CLOSING_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ending or self._wanted is not self._is_on)
                wanted, ending = self._wanted, self._ending
            if wanted is not self._is_on:
                self._tell(worked=self._call("on" if wanted else "off"))
                self._is_on = wanted
            if ending:
                return

    def _call(self, word: str) -> bool:
        try:
            self._running = subprocess.Popen(
                [*self._command, word],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return False
        try:
            return self._running.wait(PATIENCE_S) == 0
        except subprocess.TimeoutExpired:
            _kill(self._running)
            self._running.wait()
            return False

    def _tell(self, *, worked: bool) -> None:
        if worked is not self._worked:
            self._worked = worked
            _log.log(logging.INFO if worked else logging.WARNING, "scanner.light worked=%s", worked)


def parse_light(text: str) -> tuple[str, ...] | None:
    """The program that a line of configuration names, ``command:PROGRAM ARGUMENTS…``; None for ``none``.

    Raises:
        ValueError: it names none; the message says what is possible, in Spanish.
    """
    if text == NONE:
        return None
    try:
        command = tuple(shlex.split(text.removeprefix(COMMAND))) if text.startswith(COMMAND) else ()
    except ValueError:  # a quotation without an end
        command = ()
    if not command:
        raise ValueError("Luz desconocida. Use none o command:PROGRAMA; se lo llamará con on u off al final.")
    return command


def open_light(text: str) -> Light:
    """The lamp that a line of configuration names.

    Raises:
        ValueError: it names none.
    """
    command = parse_light(text)
    return CommandLight(command) if command else NoLight()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
