"""Carrying out: commit, show, print, send, in that order; and whatever breaks, the visitor is told."""

from __future__ import annotations

import logging
import queue

import pytest

from drivers.printer.words import Job, Outcome, Reason, Result, Status
from drivers.printer.words import State as PrinterState
from drivers.scanner.words import CameraState, Hint
from kiosk.flow import events as happened
from kiosk.flow.state import Draft, Problem, Screen, State
from kiosk.issue import IssuedTurn, Issuer
from kiosk.run import Ears, Visit
from kiosk.store.database import StoreUnusableError
from kiosk.texts import Texts
from tests.kiosk.test_issue import DRAFT
from tests.samples import OFFICE, HandClock


class World:
    """Everything that a visit uses, writing down in order what it was asked."""

    status = Status(PrinterState.READY)

    def __init__(self) -> None:
        self.story: list[str] = []
        self.letters: queue.SimpleQueue[happened.Event] = queue.SimpleQueue()
        self.jobs: list[Job] = []

    def post(self, event: happened.Event) -> None:
        self.story.append(type(event).__name__)
        self.letters.put(event)

    def print(self, job: Job) -> None:
        self.story.append("print")
        self.jobs.append(job)

    def wake(self) -> None:
        self.story.append("wake")

    def start(self) -> None:
        self.story.append("scan")

    def stop(self) -> None:
        self.story.append("look away")

    def preview(self) -> None: ...

    def close(self) -> None: ...


class BrokenIssuer:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def issue(self, _draft: Draft, _office: object, _language: str, *, printer_ready: bool) -> IssuedTurn:
        assert printer_ready
        raise self._error


def _visit(world: World, issuer: Issuer | BrokenIssuer, clock: HandClock) -> Visit:
    return Visit(
        State(office=OFFICE, now_s=0, now=clock.now(), screen=Screen.REVIEW, draft=DRAFT),
        issuer=issuer,
        printer=world,
        scanner=world,
        sync=world,
        texts=Texts,
        clock=clock,
        post=world.post,
    )


def test_a_turn_is_shown_before_it_is_printed_and_sent_last(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    visit = _visit(world, issuer, clock)
    visit.happen(happened.Continued())
    visit.close()
    assert world.story == ["Issued", "print", "wake"]
    state = visit.happen(world.letters.get())
    assert state.ticket is not None
    (job,) = world.jobs
    assert job.id == str(state.ticket.id)
    assert job.sending is not None


@pytest.mark.parametrize("error", [StoreUnusableError("disk full"), RuntimeError("about 12345678")])
def test_a_turn_that_could_not_be_committed_is_told_and_nothing_is_printed(
    error: Exception, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    visit = _visit(world, BrokenIssuer(error), clock)
    with caplog.at_level(logging.CRITICAL):
        visit.happen(happened.Continued())
        visit.close()
    assert world.story == ["NotSaved"]
    state = visit.happen(world.letters.get())
    assert (state.problem, state.draft) == (Problem.NOT_SAVED, DRAFT)
    assert "12345678" not in caplog.text


def test_the_camera_is_on_while_it_is_needed(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    visit = _visit(world, issuer, clock)
    for event in (happened.Left(), happened.Begun(), happened.Skipped()):
        visit.happen(event)
    visit.close()
    assert world.story == ["scan", "look away"]


def test_what_devices_say_reaches_the_visit_and_an_outcome_wakes_the_sync() -> None:
    world = World()
    ears = Ears(world.post, world.wake)
    ears.printer_changed(Status(PrinterState.BLOCKED, Reason.PAPER))
    ears.hinted(Hint.CLOSER)
    ears.camera_changed(CameraState.ABSENT)
    ears.queue_heard(3)
    ears.printed("00000000-0000-0000-0000-000000000011", 1, Outcome(Result.NOT_PRINTED, Reason.PAPER))
    assert world.story == ["PrinterChanged", "Hinted", "CameraChanged", "QueueHeard", "Printed", "wake"]
