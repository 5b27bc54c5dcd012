"""A child and its parent, driven in any order that hypothesis finds: whatever happens, nothing is lost or doubled.

The whole chain with clocks, networks and deletions is lived through by `tests.simulate`; here are only the two ends of
one line, so that what fails is shrunk to a few steps.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from uuid import UUID

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.clock import Micros
from domain.messages import Ack, ClockReading, Event, ExchangeRequest, ExchangeResponse, Push, Stream
from domain.sync import Cursor, Held, carried, judge, next_life, spans, take

BODY = msgspec.Raw(b"{}")
Logs = dict[Stream, list[Event]]


def _copy(logs: Logs) -> Logs:
    return {stream: events.copy() for stream, events in logs.items()}


class ChildAndParent(RuleBasedStateMachine):
    """``written`` are the ids of all events that no rule may lose."""

    @initialize()
    def begin(self) -> None:
        self.own = Stream("kiosco-1", 1)
        self.here: Logs = {self.own: []}
        self.cursors: dict[Stream, Cursor] = {}
        self.known_epoch = 0
        self.there: Logs = {}
        self.epoch = 1
        self.written: set[UUID] = set()
        self.there_once: Logs = {}
        self.here_once = (self.own, _copy(self.here), dict(self.cursors), 0)
        self.take_stock = True

    # --- what happens -------------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 4))
    def write(self, count: int) -> None:
        for _ in range(count):
            log = self.here[self.own]
            ident = UUID(int=len(self.written) + 1)
            day = date(2026, 11, 23)
            log.append(Event(ident, self.own, len(log) + 1, "ticket.issued", 1, Micros(0), "lima", day, BODY))
            self.written.add(ident)

    @rule(limit=st.integers(1, 6), happens=st.sampled_from(("arrives", "arrives", "twice", "no answer")))
    def exchange(self, limit: int, happens: str) -> None:
        request = self._request(limit)
        response = self._answer(request)
        if happens == "twice":
            response = self._answer(request)
        if happens != "no answer":
            self._hear(request, response)

    @rule()
    def copy_parent(self) -> None:
        self.there_once = _copy(self.there)

    @rule(by_command=st.booleans())
    def parent_is_put_back(self, by_command: bool) -> None:  # noqa: FBT001 drawn
        self.there = _copy(self.there_once)
        self.epoch += by_command

    @rule()
    def copy_child(self) -> None:
        self.here_once = (self.own, _copy(self.here), dict(self.cursors), self.known_epoch)

    @precondition(lambda self: self._is_settled())
    @rule()
    def child_is_put_back(self) -> None:
        """In silence, when all was sent. The parent's older copy goes: without the child it would be the only one."""
        self.own, here, cursors, self.known_epoch = self.here_once
        self.here, self.cursors = _copy(here), dict(cursors)
        self.there_once = _copy(self.there)
        self.take_stock = True

    # --- the two ends, as the programs are made -----------------------------------------------------------------

    def _held(self) -> dict[Stream, Held]:
        return {stream: Held(len(log), self.cursors.get(stream, Cursor())) for stream, log in self.here.items()}

    def _request(self, limit: int) -> ExchangeRequest:
        pushes = tuple(
            Push(span.stream, span.after + 1, tuple(self.here[span.stream][span.after :][: span.count]))
            for span in spans(self._held(), limit)
        )
        clock = ClockReading(Micros(0), 0.0)
        return ExchangeRequest(
            1, "kiosco-1", self.own.epoch, self.known_epoch, pushes, (), clock, "", 0, self.take_stock
        )

    def _answer(self, request: ExchangeRequest) -> ExchangeResponse:
        acks: dict[Stream, Ack] = {}
        for push in request.streams:
            log = self.there.setdefault(push.stream, [])
            verdict = judge(len(log), push.events, lambda seq, log=log: log[seq - 1].id)  # type: ignore[misc]
            log.extend(verdict.fresh)
            acks[push.stream] = Ack(push.stream, verdict.upto, verdict.upto, fork=verdict.fork)
        if request.take_stock:
            acks |= {one: Ack(one, len(log), len(log)) for one, log in self.there.items() if one not in acks}
        return ExchangeResponse("sede", self.epoch, tuple(acks.values()), (), Micros(1_700_000_000_000_000))

    def _hear(self, request: ExchangeRequest, response: ExchangeResponse) -> None:
        taken = take(self.known_epoch, self._held(), response, request=request)
        self.cursors |= taken.moved
        self.known_epoch, self.take_stock = taken.parent_epoch, taken.take_stock
        epoch = next_life(taken, self.own)
        if epoch > self.own.epoch:
            self.own = Stream("kiosco-1", epoch)
            self.here[self.own] = []
        for stream in taken.forked & self.here.keys():
            agreed = self.cursors.get(stream, Cursor()).upto
            refused = self.here[stream][agreed:]
            del self.here[stream][agreed:]
            self.here[self.own] += carried(refused, self.own, len(self.here[self.own]))

    def _is_settled(self) -> bool:
        return all(
            self.cursors.get(stream, Cursor()).upto == len(log) and self.there.get(stream, [])[: len(log)] == log
            for stream, log in self.here.items()
        ) and len(self.there.get(self.own, [])) == len(self.here[self.own])

    # --- what must hold -----------------------------------------------------------------------------------------

    @invariant()
    def streams_have_no_gap(self) -> None:
        for logs in (self.here, self.there):
            for stream, log in logs.items():
                assert [(event.stream, event.seq) for event in log] == [(stream, n + 1) for n in range(len(log))]

    @invariant()
    def nothing_stands_in_two_places(self) -> None:
        for logs in (self.here, self.there):
            assert max(Counter(event.id for log in logs.values() for event in log).values(), default=1) == 1

    def teardown(self) -> None:
        """In the end the line is good: everything arrives."""
        if not hasattr(self, "own"):
            return
        for _ in range(60):
            request = self._request(6)
            self._hear(request, self._answer(request))
            if self._is_settled():
                break
        assert self._is_settled()
        assert {event.id for log in self.there.values() for event in log} == self.written


TestChildAndParent = ChildAndParent.TestCase
TestChildAndParent.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
