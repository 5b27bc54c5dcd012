"""A visit with its desk, and a world around it that writes down what it was asked."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from domain.documents import Document
from domain.messages import FilingStanding, TurnStatus
from drivers.printer.words import Job, Sending, Status
from drivers.printer.words import State as PrinterState
from kiosk.desk import Desk
from kiosk.flow import events as happened
from kiosk.flow.effects import Effect, SayAgain, StaffAction
from kiosk.flow.state import Draft, Problem, Screen, State
from kiosk.issue import IssuedTurn, Issuer
from kiosk.run import Visit
from kiosk.store.database import StoreUnusableError
from kiosk.store.jobs import PrintJournal
from kiosk.texts import Texts
from tests.kiosk.test_issue import DRAFT
from tests.samples import OFFICE, HandClock


class World:
    """Everything that a visit uses, writing down in order what it was asked."""

    status = Status(PrinterState.READY)

    def __init__(self) -> None:
        self.story: list[str] = []
        self.followed: list[str] = []
        self.letters: queue.SimpleQueue[happened.Event] = queue.SimpleQueue()
        self.jobs: list[Job] = []
        self.answers: queue.SimpleQueue[TurnStatus | FilingStanding | Problem] = queue.SimpleQueue()
        self.last: list[IssuedTurn | None] = []
        self.pin = "2580"

    def post(self, event: happened.Event) -> None:
        self.story.append(next(kind.__name__ for kind in type(event).__mro__ if kind.__module__ == happened.__name__))
        self.letters.put(event)

    # --- the devices

    def print(self, job: Job) -> None:
        self.story.append("print")
        self.jobs.append(job)

    def start(self, *, lit: bool = True) -> None:
        self.story.append("scan" if lit else "watch")

    def stop(self) -> None:
        self.story.append("look away")

    def preview(self) -> None: ...

    def close(self) -> None: ...

    # --- whom it tells, and whom it asks

    def wake(self) -> None:
        self.story.append("wake")

    def printer_changed(self, status: Status) -> None:
        self.story.append(f"health: {status.state.value}")

    def printed(self) -> None:
        self.story.append("health: paper went by")

    def help_asked(self) -> None:
        self.story.append("help")

    def check_pin(self, pin: str) -> Problem | None:
        return None if pin == self.pin else Problem.PIN_WRONG

    def do(self, action: StaffAction, seen: State, last: IssuedTurn | None) -> tuple[tuple[str, str], ...]:
        self.last.append(last)
        return (("staff.version", f"{action.value} on {seen.screen.value}"),)

    def ask(
        self, *, token: str = "", code: str = "", cargo: str = "", number: str = "", key: str = ""
    ) -> TurnStatus | FilingStanding | Problem:
        self.story.append(f"ask {token or code or cargo or f'{number} {key}'}")
        return self.answers.get(timeout=10)

    def follow(self, before: State, after: State, event: happened.Event, effects: Iterable[Effect]) -> None:
        del before, event
        said = [type(effect).__name__ for effect in effects if isinstance(effect, SayAgain)]
        self.followed.append(" ".join([after.screen.value, *said]))


class BrokenIssuer:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def issue(self, _draft: Draft, _office: object, _language: str, *, printer_ready: bool) -> IssuedTurn:
        assert printer_ready
        raise self._error

    def recall(self, _document: Document) -> None:
        raise self._error

    def forget_other_days(self) -> None:
        raise self._error


class NoCopies:
    def start_copy(self, *_: object) -> Sending:
        raise StoreUnusableError("disk full")


@dataclass
class Kiosk:
    """A visit and its desk; `settle` waits for both their threads and takes all that was posted."""

    world: World
    desk: Desk
    visit: Visit

    def settle(self) -> State:
        for worker in (self.desk._worker, self.visit._asker, self.desk._worker):
            rested = threading.Event()
            worker.do(rested.set)
            assert rested.wait(20)
            while not self.world.letters.empty():
                self.visit.happen(self.world.letters.get())
        return self.visit.state

    def do(self, *events: happened.Event) -> State:
        for event in events:
            self.visit.happen(event)
        return self.settle()


def kiosk_of(
    world: World,
    issuer: Issuer | BrokenIssuer,
    clock: HandClock,
    journal: PrintJournal | NoCopies | None = None,
    screen: Screen = Screen.REVIEW,
) -> Kiosk:
    """Where the visit stands on the review, its draft is `DRAFT`."""
    desk = Desk(
        issuer=issuer,
        journal=journal or NoCopies(),
        printer=world,
        sync=world,
        health=world,
        staff=world,
        texts=Texts,
        post=world.post,
    )
    draft = DRAFT if screen is Screen.REVIEW else Draft()
    state = State(office=OFFICE, now_s=0, now=clock.now(), screen=screen, draft=draft)
    visit = Visit(
        state,
        desk=desk,
        scanner=world,
        questions=world,
        clock=clock,
        post=world.post,
        narrator=world,
    )
    return Kiosk(world, desk, visit)
