"""Carrying out: commit, show, print, send, in that order; and whatever breaks, the visitor is told."""

from __future__ import annotations

import logging
import queue
from uuid import UUID

import msgspec
import pytest

from domain.messages import QueueSnapshot, to_json
from drivers.printer.words import Job, Outcome, Reason, Result, Sending, Status, Text
from drivers.printer.words import State as PrinterState
from drivers.scanner.words import CameraState, Hint
from kiosk.flow import events as happened
from kiosk.flow.state import Draft, Paper, Problem, Screen, State
from kiosk.issue import IssuedTurn, Issuer
from kiosk.run import Ears, Visit
from kiosk.store.database import Database, StoreUnusableError
from kiosk.store.jobs import PrintJournal
from kiosk.store.outbox import Outbox
from kiosk.texts import Texts
from tests.kiosk.test_issue import DRAFT
from tests.samples import MONDAY_10AM, OFFICE, HandClock


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

    def start(self, *, lit: bool = True) -> None:
        self.story.append("scan" if lit else "watch")

    def stop(self) -> None:
        self.story.append("look away")

    def preview(self) -> None: ...

    def close(self) -> None: ...

    def printer_changed(self, status: Status) -> None:
        self.story.append(f"health: {status.state.value}")

    def printed(self) -> None:
        self.story.append("health: paper went by")


class BrokenIssuer:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def issue(self, _draft: Draft, _office: object, _language: str, *, printer_ready: bool) -> IssuedTurn:
        assert printer_ready
        raise self._error


class NoCopies:
    def start_copy(self, *_: object) -> Sending:
        raise StoreUnusableError("disk full")


def _visit(
    world: World, issuer: Issuer | BrokenIssuer, clock: HandClock, journal: PrintJournal | NoCopies | None = None
) -> Visit:
    return Visit(
        State(office=OFFICE, now_s=0, now=clock.now(), screen=Screen.REVIEW, draft=DRAFT),
        issuer=issuer,
        journal=journal or NoCopies(),
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
    assert world.story == ["watch", "scan", "look away"]


def test_what_devices_say_reaches_the_visit_and_an_outcome_wakes_the_sync() -> None:
    world = World()
    ears = Ears(world.post, world.wake, world)
    ears.printer_changed(Status(PrinterState.BLOCKED, Reason.PAPER))
    ears.hinted(Hint.CLOSER)
    ears.camera_changed(CameraState.ABSENT)
    ears.reader_changed(True)
    ears.heard("queue", msgspec.Raw(to_json(QueueSnapshot(3, MONDAY_10AM))))
    ears.printed("00000000-0000-0000-0000-000000000011/2", 1, Outcome(Result.NOT_PRINTED, Reason.PAPER))
    assert world.story == [
        *("PrinterChanged", "health: blocked", "wake", "Hinted", "CameraChanged", "ReaderChanged"),
        *("QueueHeard", "Printed", "health: paper went by", "wake"),
    ]
    last = [world.letters.get() for _ in range(6)][-1]
    assert last == happened.Printed(UUID(int=17), 2, Outcome(Result.NOT_PRINTED, Reason.PAPER))


def _on_paper(job: Job) -> str:
    return "\n".join(element.text for element in job.slip.elements if isinstance(element, Text))


def test_a_ticket_that_did_not_come_out_is_sent_again_as_it_was(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    visit = _visit(world, issuer, clock)
    visit.happen(happened.Continued())
    state = visit.happen(world.letters.get(timeout=10))
    assert state.ticket
    visit.happen(happened.PrinterChanged(world.status))
    visit.happen(happened.Printed(state.ticket.id, 0, Outcome(Result.NOT_PRINTED, Reason.PAPER)))
    visit.close()
    first, second = world.jobs
    assert (second.id, second.slip, second.sending) == (first.id, first.slip, None)


def test_a_copy_is_written_down_before_it_is_printed_and_says_what_it_is(
    issuer: Issuer, database: Database, outbox: Outbox, clock: HandClock
) -> None:
    world = World()
    visit = _visit(world, issuer, clock, PrintJournal(database, outbox, clock))
    visit.happen(happened.Continued())
    state = visit.happen(world.letters.get(timeout=10))
    assert state.ticket
    visit.happen(happened.Printed(state.ticket.id, 0, Outcome(Result.UNCERTAIN, Reason.LOST)))
    visit.happen(happened.PaperSeen(whole=False))
    visit.close()
    first, copy = world.jobs
    assert copy.id == f"{first.id}/1"
    assert copy.sending == Sending(copy.sending.process_id if copy.sending else "", 1)
    assert "DUPLICADO 1" in _on_paper(copy)
    assert "DUPLICADO" not in _on_paper(first)
    assert str(state.ticket.number) in str(copy.slip)
    assert [event.kind for event in outbox.pending(10)[0].events] == ["ticket.issued", "ticket.reprinted"]
    assert database.value("SELECT state FROM print_job WHERE copy = 1") == "sending"


def test_a_copy_that_cannot_be_written_down_is_not_printed_and_the_screen_stays(
    issuer: Issuer, clock: HandClock
) -> None:
    world = World()
    visit = _visit(world, issuer, clock)
    visit.happen(happened.Continued())
    state = visit.happen(world.letters.get(timeout=10))
    assert state.ticket
    visit.happen(happened.Printed(state.ticket.id, 0, Outcome(Result.UNCERTAIN, Reason.LOST)))
    visit.happen(happened.PaperSeen(whole=False))
    visit.close()
    assert len(world.jobs) == 1
    state = visit.happen(world.letters.get(timeout=10))
    assert state.paper is Paper.NOT_PRINTED


def test_what_the_paper_said_is_forgotten_with_the_visit(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    visit = _visit(world, issuer, clock)
    visit.happen(happened.Continued())
    visit.happen(world.letters.get(timeout=10))
    assert visit._turn is not None
    visit.happen(happened.Left())
    assert visit._turn is None
