"""The child is killed, or hangs: the next one takes its place, and reads."""

from __future__ import annotations

import errno
import os
import signal
import time
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from drivers.scanner.launch import Child
from drivers.scanner.words import CameraState, DocumentReading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.frames import Image
    from drivers.scanner.process import CameraScanner
    from tests.drivers.scanner.conftest import Ear

    OpenScanner = Callable[..., CameraScanner]
    WaitUntil = Callable[[Callable[[], bool]], None]

LOST = [CameraState.ABSENT, CameraState.STARTING]


def child_of(scanner: CameraScanner) -> int:
    assert scanner._child is not None
    return scanner._child.process.pid


def test_after_a_kill_the_next_child_reads(
    ear: Ear, open_scanner: OpenScanner, tmp_path: Path, card_frames: Callable[..., list[Image]]
) -> None:
    empty = tmp_path / "empty.png"
    cards = card_frames(3)
    cv2.imwrite(str(empty), np.zeros_like(cards[0]))
    scanner = open_scanner(f"images:{tmp_path}")
    scanner.start()
    ear.wait_for_state(CameraState.WATCHING)
    before, killed = len(ear.heard), child_of(scanner)
    for n, card in enumerate(cards):
        cv2.imwrite(str(tmp_path / f"{n}.png"), card, [cv2.IMWRITE_PNG_COMPRESSION, 1])

    os.kill(killed, signal.SIGKILL)

    assert isinstance(ear.wait_for_reading(since=before), DocumentReading)
    assert ear.heard[before : before + 2] == LOST
    assert child_of(scanner) != killed


def test_a_child_killed_while_nobody_looks_is_not_noticed(
    ear: Ear,
    open_scanner: OpenScanner,
    card_folder: Callable[..., Path],
    wait_until: WaitUntil,
) -> None:
    scanner = open_scanner(f"images:{card_folder()}")
    wait_until(lambda: scanner._child is not None)
    killed = child_of(scanner)

    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: scanner._child is not None and child_of(scanner) != killed)
    scanner.start()

    ear.wait_for_reading()
    assert CameraState.ABSENT not in ear.heard


def test_a_silent_child_is_replaced(ear: Ear, open_scanner: OpenScanner) -> None:
    skipped_s = 0.0
    scanner = open_scanner("virtual:nothing", monotonic_s=lambda: time.monotonic() + skipped_s)
    scanner.start()
    ear.wait_for_state(CameraState.WATCHING)
    before, stopped = len(ear.heard), child_of(scanner)

    os.kill(stopped, signal.SIGSTOP)
    skipped_s = 6.0

    ear.wait_for_state(CameraState.WATCHING, since=before)
    assert ear.heard[before : before + 2] == LOST
    assert child_of(scanner) != stopped


def test_a_child_that_talks_nonsense_is_replaced(ear: Ear, open_scanner: OpenScanner) -> None:
    scanner = open_scanner("virtual:nothing")
    scanner.start()
    ear.wait_for_state(CameraState.WATCHING)
    child = scanner._child
    assert child is not None
    hear, spoken = child.hear, [None]

    def speak_nonsense_once() -> object:
        return spoken.pop() if spoken else hear()

    child.hear = speak_nonsense_once  # stands for a packet that does not decode
    before = len(ear.heard)

    ear.wait_for_state(CameraState.WATCHING, since=before)
    assert ear.heard[before : before + 2] == LOST


def test_when_no_process_can_be_had_it_tries_again(
    ear: Ear,
    open_scanner: OpenScanner,
    card_folder: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = iter([True])

    def scarce() -> Child:
        if next(refused, False):
            raise OSError(errno.EAGAIN, "no more processes")
        return Child()

    monkeypatch.setattr("drivers.scanner.process.Child", scarce)
    scanner = open_scanner(f"images:{card_folder()}")
    scanner.start()

    assert isinstance(ear.wait_for_reading(), DocumentReading)
