"""Carries out what the flow asks for, and brings it what devices and network say.

`Visit.happen` runs on the screen's thread only and holds the one mutable state. What waits for the
disk is done in the desk's thread (`kiosk.desk`), and asking the server, which waits for the network, in another.
Whatever another thread has to say goes through ``post``, and never reaches a visitor who did not ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, assert_never

from domain.clock import in_lima
from kiosk.desk import Checked, Committed, Recalled
from kiosk.flow import events as happened
from kiosk.flow.advance import advance
from kiosk.flow.effects import (
    AskStatus,
    CallHelp,
    CheckPin,
    DoForStaff,
    Effect,
    IssueTicket,
    PrintAgain,
    Recall,
    SayAgain,
    StartScanning,
    StopScanning,
)
from kiosk.flow.state import Problem
from kiosk.store.jobs import read_job_id
from kiosk.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from uuid import UUID

    from domain.clock import Clock
    from domain.messages import FilingStanding, TurnStatus
    from drivers.printer.words import Outcome, Status
    from drivers.scanner.words import CameraState, Hint, Reading, Scanner
    from kiosk.desk import Desk
    from kiosk.flow.state import State
    from kiosk.health import Health
    from kiosk.issue import IssuedTurn

    Post = Callable[[happened.Event], None]


LAST_US = 10 * 60 * 1_000_000
"""Staff can have the last ticket printed again for so long, in microseconds; its document is forgotten at once."""


class Ears:
    """Hears printer and scanner, in their threads, and posts it to the visit's."""

    def __init__(self, post: Post, wake_sync: Callable[[], None], health: Health) -> None:
        """The first two may be called from any thread; ``health`` hears the printer first, in the printer's thread."""
        self._post = post
        self._wake_sync = wake_sync
        self._health = health

    def printer_changed(self, status: Status) -> None:
        """The printer's status is another one."""
        self._post(happened.PrinterChanged(status))
        self._health.printer_changed(status)
        self._wake_sync()

    def printed(self, job: str, _attempt: int, outcome: Outcome) -> None:
        """A job ended, and its event is in the outbox."""
        self._post(happened.Printed(*read_job_id(job), outcome))
        self._health.printed()
        self._wake_sync()

    def scanned(self, reading: Reading) -> None:
        """A document was read."""
        self._post(happened.Scanned(reading))

    def hinted(self, hint: Hint) -> None:
        """The scanner cannot read what it sees."""
        self._post(happened.Hinted(hint))

    def camera_changed(self, state: CameraState) -> None:
        """The camera's state is another one."""
        self._post(happened.CameraChanged(state))

    def reader_changed(self, is_there: bool) -> None:  # noqa: FBT001 - called by the scanner with nothing else
        """A scanner to pass documents before came or went."""
        self._post(happened.ReaderChanged(is_there))


class Follower(Protocol):
    """Who is told of every step, and speaks to who cannot see the screen (`kiosk.narrator`); nothing here waits."""

    def follow(self, before: State, after: State, event: happened.Event, effects: Iterable[Effect]) -> None:
        """``event`` has made ``after`` of ``before``."""
        ...


class Questions(Protocol):
    """Who can be asked how a turn or a filing stands; waits for the network."""

    def ask(
        self, *, token: str = "", code: str = "", cargo: str = "", number: str = "", key: str = ""
    ) -> TurnStatus | FilingStanding | Problem:
        """The answer, or why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class _Answered(happened.StatusHeard):
    """`StatusHeard`, and the question that it answers."""

    to: AskStatus


class Visit:
    """The kiosk's one visit after the other: state in, screens and effects out."""

    def __init__(
        self,
        state: State,
        *,
        desk: Desk,
        scanner: Scanner,
        questions: Questions,
        clock: Clock,
        post: Post,
        narrator: Follower | None = None,
    ) -> None:
        """Starts at ``state``; ``post`` brings an event to `happen` on the screen's thread, from any thread."""
        self.state = state
        self._desk = desk
        self._scanner = scanner
        self._questions = questions
        self._clock = clock
        self._post = post
        self._narrator = narrator
        self._asker = Worker("ask")
        self._asked: AskStatus | CheckPin | None = None
        self._turns: dict[UUID, IssuedTurn] = {}
        self._last: IssuedTurn | None = None
        self._day: date | None = None

    def happen(self, event: happened.Event) -> State:
        """Takes one event: the state after it, with its effects under way."""
        if self._is_anothers(event):
            return self.state
        before = self.state
        self.state, effects = advance(before, event)
        if isinstance(event, Committed | Recalled):
            self._turns[event.ticket.id] = event.turn
        for effect in effects:
            self._carry_out(effect)
        self._forget(event)
        if self._narrator is not None:
            self._narrator.follow(before, self.state, event, effects)
        return self.state

    def tick(self) -> happened.Tick:
        """The event of this moment."""
        return happened.Tick(self._clock.monotonic_s(), self._clock.now())

    def close(self) -> None:
        """Waits for an answer from the server, 4 s at most."""
        self._asker.close()

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case StartScanning(lit):
                self._scanner.start(lit=lit)
            case StopScanning():
                self._scanner.stop()
            case IssueTicket():
                self._desk.issue(effect, self.state.office)
            case PrintAgain(ticket):
                if (turn := self._turns.get(ticket)) is not None:
                    self._desk.print_again(effect, turn, self.state.office)
            case Recall(document):
                self._desk.recall(document)
            case CallHelp():
                self._desk.call_help()
            case AskStatus():
                self._asked = effect
                nobody_knows = _Answered(Problem.NO_ANSWER, effect)
                self._asker.do(lambda: self._ask(effect), otherwise=lambda: self._post(nobody_knows))
            case CheckPin():
                self._asked = effect
                self._desk.check_pin(effect)
            case DoForStaff(action):
                self._desk.do_for_staff(action, self.state, self._last)
            case SayAgain():
                pass  # the narrator's, who follows every effect
            case _:
                assert_never(effect)

    def _ask(self, question: AskStatus) -> None:
        answer = self._questions.ask(
            token=question.token, code=question.code, cargo=question.cargo, number=question.number, key=question.key
        )
        self._post(_Answered(answer, question))

    def _is_anothers(self, event: happened.Event) -> bool:
        """Whether it answers what somebody asked who has left since: it is not for the one who stands there now."""
        if isinstance(event, _Answered | Checked):
            return event.to is not self._asked
        return isinstance(event, Recalled) and event.document != self.state.draft.document

    def _forget(self, event: happened.Event) -> None:
        """What nobody waits for any more, and what the paper of other visits said."""
        state = self.state
        if not state.saving:
            self._asked = None
        shown = {ticket.id for ticket in (state.ticket, state.earlier) if ticket is not None}
        self._turns = {ticket: turn for ticket, turn in self._turns.items() if ticket in shown}
        if isinstance(event, Committed):
            self._last = replace(event.turn, facts=replace(event.turn.facts, document=""))
        if isinstance(event, happened.Tick):
            if self._last is not None and event.now - self._last.ticket.issued_at > LAST_US:
                self._last = None
            if self._day != (day := in_lima(event.now).date()):
                self._day = day
                self._desk.begin_day()
