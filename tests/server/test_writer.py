"""The one writer: what shares a commit does not share a fault, and nobody is answered before the commit."""

from __future__ import annotations

import threading
from concurrent.futures import wait
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event as listen_to
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.faults import Refusal
from server.store.engine import open_engines
from server.store.writer import LARGEST_GROUP, LONGEST_QUEUE, Transaction, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from server.store.engine import Engines
    from tests.server.conftest import Site

PATIENCE_S = 20.0


@pytest.fixture
def engines(site: Site) -> Iterator[Engines]:
    engines = open_engines(site.config.database, site.keys)
    yield engines
    engines.dispose()


def insert(origin: str) -> Callable[[Transaction], str]:
    def work(transaction: Transaction) -> str:
        statement = "INSERT INTO stream (origin, epoch, upto, last_issued_at) VALUES (:origin, 1, 0, 0)"
        transaction.connection.execute(text(statement), {"origin": origin})
        transaction.touch("queue.lima")
        return origin

    return work


def refuse(_: Transaction) -> str:
    raise Refusal(409, "illegal_move")


class Desk:
    """A writer that is held at its first unit until told, so that what follows must share the next commit."""

    def __init__(self, engines: Engines) -> None:
        self.commits = 0
        self.published: list[Mapping[str, int]] = []
        self._begun, self._go = threading.Event(), threading.Event()
        listen_to.listen(engines.write, "commit", self._count)
        self.writer = Writer(engines.write, self.published.append)
        self.writer.start()
        self._held = self.writer.submit(self._hold)
        assert self._begun.wait(PATIENCE_S)

    def _hold(self, _: Transaction) -> None:
        self._begun.set()
        self._go.wait(PATIENCE_S)

    def _count(self, _: object) -> None:
        self.commits += 1

    def let_go(self) -> None:
        self._go.set()
        self._held.result(PATIENCE_S)


@pytest.fixture
def desk(engines: Engines) -> Iterator[Desk]:
    desk = Desk(engines)
    yield desk
    desk.let_go()
    desk.writer.stop()


def origins(site: Site) -> list[str]:
    return sorted(row[0] for row in site.rows("SELECT origin FROM stream WHERE origin LIKE 'w%'"))


def test_what_arrives_meanwhile_shares_one_commit(site: Site, desk: Desk) -> None:
    done = [desk.writer.submit(insert(f"w{n}")) for n in range(10)]
    desk.let_go()
    assert [future.result(PATIENCE_S) for future in done] == [f"w{n}" for n in range(10)]
    assert desk.commits == 2
    assert len(origins(site)) == 10
    assert len(desk.published) == 1  # one word to the watchers, however many wrote


def test_a_unit_that_fails_undoes_only_itself(site: Site, desk: Desk) -> None:
    def half_way(transaction: Transaction) -> None:
        insert("w-half")(transaction)
        raise Refusal(409, "illegal_move")

    good, bad, also_good = (desk.writer.submit(work) for work in (insert("w1"), half_way, insert("w2")))
    desk.let_go()
    with pytest.raises(Refusal):
        bad.result(PATIENCE_S)
    assert (good.result(PATIENCE_S), also_good.result(PATIENCE_S)) == ("w1", "w2")
    assert origins(site) == ["w1", "w2"]


def test_what_the_database_refuses_is_tried_again_alone_and_then_told(site: Site, desk: Desk) -> None:
    first, twin, other = (desk.writer.submit(insert(name)) for name in ("w1", "w1", "w2"))
    desk.let_go()
    with pytest.raises(IntegrityError):
        twin.result(PATIENCE_S)
    assert (first.result(PATIENCE_S), other.result(PATIENCE_S)) == ("w1", "w2")
    assert origins(site) == ["w1", "w2"]


def test_a_commit_that_fails_is_done_again_for_each(site: Site, desk: Desk, engines: Engines) -> None:
    failures = iter([RuntimeError("the disk hesitated")])

    def fail_once(_: object) -> None:
        for failure in failures:
            raise failure

    done = [desk.writer.submit(insert(f"w{n}")) for n in range(3)]
    done.append(
        desk.writer.submit(
            lambda transaction: listen_to.listen(engines.write, "commit", fail_once) or insert("w9")(transaction)
        )
    )
    desk.let_go()
    wait(done, PATIENCE_S)
    listen_to.remove(engines.write, "commit", fail_once)
    assert origins(site) == ["w0", "w1", "w2", "w9"]


def test_nobody_is_answered_before_the_commit(site: Site, engines: Engines) -> None:
    seen: list[list[str]] = []
    writer = Writer(engines.write, lambda _: None)
    writer.start()
    future = writer.submit(insert("w1"))
    future.add_done_callback(lambda _: seen.append(origins(site)))
    future.result(PATIENCE_S)
    writer.stop()
    assert seen == [["w1"]]


def test_a_cancelled_unit_is_not_done(site: Site, desk: Desk) -> None:
    future = desk.writer.submit(insert("w1"))
    assert future.cancel()
    desk.let_go()
    desk.writer.do(insert("w2"))
    assert origins(site) == ["w2"]


def test_stopping_finishes_what_was_accepted_and_refuses_the_rest(site: Site, desk: Desk) -> None:
    accepted = [desk.writer.submit(insert(f"w{n}")) for n in range(3)]
    desk.let_go()
    desk.writer.stop()
    assert all(future.done() for future in accepted)
    assert len(origins(site)) == 3
    with pytest.raises(Refusal) as refused:
        desk.writer.submit(insert("w9"))
    assert refused.value.status == 503


def test_a_unit_accepted_while_it_stops_is_answered(site: Site, engines: Engines) -> None:
    writer = Writer(engines.write, lambda _: None)
    writer.start()
    stopper = threading.Thread(target=writer.stop)
    put = writer._units.put_nowait

    def put_late(unit: Any) -> None:
        stopper.start()  # it has been let in; now everything stops
        stopper.join(0.2)
        put(unit)

    writer._units.put_nowait = put_late  # type: ignore[method-assign] # the moment that cannot be met by chance
    assert writer.submit(insert("w1")).result(PATIENCE_S) == "w1"
    stopper.join(PATIENCE_S)
    assert not writer.is_alive
    assert origins(site) == ["w1"]


def test_children_are_asked_to_hold_back_once_the_queue_is_half_full(desk: Desk) -> None:
    asked, waiting = [], []
    for filled in (LONGEST_QUEUE // 2, LONGEST_QUEUE // 2 + 1, LONGEST_QUEUE):
        while len(waiting) < filled:
            waiting.append(desk.writer.submit(lambda _: None))
        asked.append(desk.writer.backoff_ms)
    for future in waiting:
        future.cancel()
    assert asked == [0, 1008, 5000]


def test_a_writer_hopelessly_behind_says_so(desk: Desk) -> None:
    waiting = [desk.writer.submit(lambda _: None) for _ in range(LONGEST_QUEUE)]
    with pytest.raises(Refusal) as refused:
        desk.writer.submit(lambda _: None)
    assert refused.value.status == 503
    for future in waiting:
        future.cancel()


# --- done together ----------------------------------------------------------------------------------------------


class Clerk:
    """Work that is done for several at once; it remembers in what company each was."""

    def __init__(self) -> None:
        self.companies: list[list[str]] = []

    def insert_all(self, transaction: Transaction, origins: Sequence[str]) -> list[str]:
        self.companies.append(list(origins))
        for origin in origins:
            if origin == "bad":
                raise Refusal(409, "illegal_move")
            insert(origin)(transaction)
        return [origin.upper() for origin in origins]


def test_those_who_wait_for_the_same_work_are_done_together(desk: Desk, site: Site) -> None:
    clerk = Clerk()
    before = desk.writer.submit_together(clerk.insert_all, "a")
    between = desk.writer.submit(insert("x"))
    after = [desk.writer.submit_together(clerk.insert_all, origin) for origin in "bc"]
    desk.let_go()
    assert [one.result(PATIENCE_S) for one in (before, between, *after)] == ["A", "x", "B", "C"]
    assert clerk.companies == [["a"], ["b", "c"]]  # nobody is done before who came before
    assert desk.commits == 2  # with the one that was held
    assert site.rows("SELECT count(*) FROM stream WHERE origin IN ('a', 'b', 'c', 'x')") == [(4,)]


def test_who_spoils_it_for_all_is_found_and_the_others_are_done(desk: Desk, site: Site) -> None:
    clerk = Clerk()
    good, bad, better = (desk.writer.submit_together(clerk.insert_all, origin) for origin in ("a", "bad", "b"))
    desk.let_go()
    assert (good.result(PATIENCE_S), better.result(PATIENCE_S)) == ("A", "B")
    with pytest.raises(Refusal, match="illegal_move"):
        bad.result(PATIENCE_S)
    assert clerk.companies == [["a", "bad", "b"], ["a"], ["bad"], ["b"]]
    assert site.rows("SELECT origin FROM stream WHERE origin IN ('a', 'b', 'bad') ORDER BY origin") == [("a",), ("b",)]


def test_long_work_shares_its_commit_with_little(desk: Desk) -> None:
    """A clerk who calls waits for one batch at most, not for those of all kiosks that come back at once."""
    clerk = Clerk()
    batches = [desk.writer.submit_together(clerk.insert_all, origin, LARGEST_GROUP) for origin in "abc"]
    call = desk.writer.submit(insert("x"))
    desk.let_go()
    wait([*batches, call], PATIENCE_S)
    assert clerk.companies == [["a"], ["b"], ["c"]]
