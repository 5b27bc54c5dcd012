"""A kiosk without a network: its events on a stick, and the server's receipt, which moves its cursors."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import pytest

from domain.messages import Ack, Event, ExchangeRequest, ExchangeResponse, Stream, from_json, to_json
from domain.sync import judge
from exchange.letters import Letter, Receipt, read_letters, receipt_words, write_receipts
from kiosk.__main__ import main
from kiosk.config import load_settings
from kiosk.issue import Issuer
from kiosk.parts import open_store
from kiosk.store.settings import CLOCK_OFFSET, PARENT_EPOCH, keep
from tests.kiosk.test_command import installed as installed  # noqa: PLC0414 the fixture
from tests.kiosk.test_issue import DRAFT
from tests.samples import ENROLMENT, MONDAY_10AM, OFFICE, SERVER, HandClock

if TYPE_CHECKING:
    from pathlib import Path

STREAM = Stream(ENROLMENT.kiosk, 1)


def issue(times: int, clock: HandClock | None = None) -> None:
    with open_store(load_settings(), ENROLMENT) as (database, outbox):
        issuer = Issuer(ENROLMENT, database, outbox, clock or HandClock())
        for _ in range(times):
            issuer.issue(DRAFT, OFFICE, "es", printer_ready=False)


def backlog() -> int:
    with open_store(load_settings(), ENROLMENT) as (_database, outbox):
        return outbox.backlog


class Server:
    """Reads letters as a server does, and answers on paper."""

    def __init__(self, epoch: int = 1) -> None:
        self.epoch = epoch
        self.stored: dict[Stream, list[Event]] = {}

    def take(self, path: Path) -> Path:
        receipts = [self._receipt(letter) for letter in read_letters(path)]
        receipt = path.with_name(path.name + ".receipt")
        write_receipts(receipt, receipts)
        return receipt

    def _receipt(self, letter: Letter) -> Receipt:
        request = from_json(letter.body.encode(), ExchangeRequest)
        acks = []
        for push in request.streams:
            kept = self.stored.setdefault(push.stream, [])
            verdict = judge(len(kept), push.events, lambda seq, kept=kept: kept[seq - 1].id)  # type: ignore[misc]
            kept.extend(verdict.fresh)
            acks.append(Ack(push.stream, verdict.upto, verdict.upto, fork=verdict.fork))
        response = ExchangeResponse("sede", self.epoch, tuple(acks), (), MONDAY_10AM)
        body = to_json(response)
        return Receipt(letter, SERVER.sign(receipt_words(letter, body)).hex(), body.decode())

    @property
    def seqs(self) -> list[int]:
        return [event.seq for events in self.stored.values() for event in events]


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def order(*arguments: object) -> int:
    return main([str(one) for one in arguments])


def test_there_and_back(installed: Path, stick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    issue(3)
    server, file = Server(), stick / "kiosco-1"
    assert order("export", file) == 0
    told = capsys.readouterr().out
    assert "3 eventos, del 23/11/2026 10:00 al 23/11/2026 10:00" in told
    assert "kiosk-server import kiosco-1" in told
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    receipt = server.take(file)
    assert server.seqs == [1, 2, 3]
    assert order("import", receipt) == 0
    assert "El servidor confirma 3 eventos más.\nPor enviar al servidor: 0\n" in capsys.readouterr().out
    assert backlog() == 0
    assert order("import", receipt) == 0
    assert "no cambia nada" in capsys.readouterr().out
    assert order("export", stick / "again") == 0
    assert "no hay nada que exportar" in capsys.readouterr().out
    assert not (stick / "again").exists()
    assert installed.exists()


def test_a_kiosk_that_runs_is_exported_too_and_what_it_gives_out_then_comes_next_time(
    installed: Path, stick: Path
) -> None:
    server = Server()
    with open_store(load_settings(), ENROLMENT) as (database, outbox):
        issuer = Issuer(ENROLMENT, database, outbox, HandClock())
        for name, seqs in (("one", [1, 2]), ("two", [1, 2, 3, 4])):
            for _ in range(2):
                issuer.issue(DRAFT, OFFICE, "es", printer_ready=False)
            assert order("export", stick / name) == 0
            receipt = server.take(stick / name)
            assert server.seqs == seqs
        assert order("import", receipt) == 0
        assert outbox.backlog == 0
    assert installed.exists()


def test_the_files_times_are_corrected_and_its_body_is_as_on_the_wire(
    installed: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issue(1)
    with open_store(load_settings(), ENROLMENT) as (database, _outbox), database.immediate() as tables:
        keep(tables, CLOCK_OFFSET, 3_600_000_000)
    assert order("export", stick / "f") == 0
    assert "del 23/11/2026 11:00" in capsys.readouterr().out
    (letter,) = read_letters(stick / "f")
    request = from_json(letter.body.encode(), ExchangeRequest)
    assert (request.child, request.backlog, request.take_stock, request.pull) == (ENROLMENT.kiosk, 0, True, ())
    assert [event.at for event in request.streams[0].events] == [MONDAY_10AM]
    assert installed.exists()


def test_a_long_absence_goes_into_many_letters_with_nothing_left_out(
    installed: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.letters.LARGEST_BATCH", 7)
    issue(17)
    assert order("export", stick / "f") == 0
    letters = read_letters(stick / "f")
    assert [from_json(one.body.encode(), ExchangeRequest).backlog for one in letters] == [10, 3, 0]
    server = Server()
    assert order("import", server.take(stick / "f")) == 0
    assert server.seqs == list(range(1, 18))
    assert backlog() == 0
    assert installed.exists()


def test_a_server_that_was_put_back_asks_for_more_by_its_receipt(installed: Path, stick: Path) -> None:
    issue(4)
    server = Server()
    order("export", stick / "a")
    order("import", server.take(stick / "a"))
    del server.stored[STREAM][1:]
    server.epoch = 2
    issue(1)
    order("export", stick / "b")
    assert order("import", server.take(stick / "b")) == 0
    assert backlog() == 5  # the last one that the server still has is shown to it again
    order("export", stick / "c")
    assert order("import", server.take(stick / "c")) == 0
    assert server.seqs == [1, 2, 3, 4, 5]
    assert backlog() == 0
    assert installed.exists()


def test_a_fork_told_on_paper_begins_a_new_life(installed: Path, stick: Path) -> None:
    issue(2)
    server = Server()
    order("export", stick / "a")
    (push,) = from_json(read_letters(stick / "a")[0].body.encode(), ExchangeRequest).streams
    server.stored[STREAM] = [msgspec.structs.replace(push.events[0], id=push.events[1].id)]
    assert order("import", server.take(stick / "a")) == 0
    order("export", stick / "b")
    assert order("import", server.take(stick / "b")) == 0
    assert [event.seq for event in server.stored[Stream(ENROLMENT.kiosk, 2)]] == [1, 2]
    assert backlog() == 0
    assert installed.exists()


def test_a_fork_in_the_first_of_many_letters_is_not_overlooked(
    installed: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The later ones only leave a gap; by their answers alone what the server never had would pass for confirmed."""
    monkeypatch.setattr("exchange.letters.LARGEST_BATCH", 2)
    issue(6)
    server = Server()
    order("export", stick / "a")
    (push,) = from_json(read_letters(stick / "a")[0].body.encode(), ExchangeRequest).streams
    server.stored[STREAM] = [msgspec.structs.replace(event, id=UUID(int=event.seq)) for event in push.events]
    assert order("import", server.take(stick / "a")) == 0
    assert backlog() == 6
    order("export", stick / "b")
    assert order("import", server.take(stick / "b")) == 0
    assert [event.seq for event in server.stored[Stream(ENROLMENT.kiosk, 2)]] == [1, 2, 3, 4, 5, 6]
    assert backlog() == 0
    assert installed.exists()


def test_a_life_that_begins_while_it_is_exported_is_told_and_leaves_no_file(
    installed: Path, stick: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    issue(2)
    monkeypatch.setattr("kiosk.store.outbox.Outbox.written", lambda *_: ())
    assert order("export", stick / "f") == 1
    assert "cambió mientras se exportaba" in capsys.readouterr().err
    assert list(stick.iterdir()) == []
    assert installed.exists()


def test_receipts_that_mean_nothing_change_nothing(
    installed: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issue(2)
    order("export", stick / "f")
    receipt = Server().take(stick / "f")
    good = receipt.read_bytes()
    with open_store(load_settings(), ENROLMENT) as (database, _outbox), database.immediate() as tables:
        keep(tables, PARENT_EPOCH, 2)
    capsys.readouterr()
    for content, words in {
        good: "fue restaurado entre",
        good.replace(b"kiosco-1", b"kiosco-2"): "es el recibo de «kiosco-2»",
        good.replace(b'\\"upto\\":2', b'\\"upto\\":1'): "no lleva la firma del servidor",
        good.replace(b'"turn":', b'"turn":1'): "no lleva la firma del servidor",
        good[:-30]: "incompleto",
        good.replace(b"upto", b"upta"): "dañado",
        (stick / "f").read_bytes(): "no es un recibo",
        b"": "no es un recibo",
    }.items():
        receipt.write_bytes(content)
        assert order("import", receipt) == 1
        assert words in capsys.readouterr().err
        assert backlog() == 2
    assert installed.exists()


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO])
def test_a_stick_that_is_full_or_pulled_is_told_and_nothing_is_left_on_it(
    installed: Path, stick: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: int
) -> None:
    issue(2)

    def fail(_handle: int) -> None:
        raise OSError(fault, "")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        assert order("export", stick / "f") == 1
    assert "No se pudo escribir" in capsys.readouterr().err
    assert list(stick.iterdir()) == []
    assert order("export", stick / "f") == 0
    assert order("export", stick / "f") == 1
    assert "ya existe, y no se sobrescribe" in capsys.readouterr().err
    assert order("export", stick / "none" / "f") == 1
    assert "no existe esa carpeta" in capsys.readouterr().err
    assert installed.exists()


def test_before_the_first_turn_there_is_nothing_to_carry(
    installed: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert order("export", stick / "f") == 0
    assert "nada que exportar" in capsys.readouterr().out
    assert order("import", stick / "f") == 2
    assert not (installed / "kiosk.db").exists()
