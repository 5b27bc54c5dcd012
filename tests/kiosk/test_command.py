"""The ``kiosk`` command, and what it tells the service manager."""

from __future__ import annotations

import io
import re
import socket
from pathlib import Path

import pytest

from domain.messages import KioskOrders, to_json
from exchange.whole import write_whole
from exchange.wire import TROUBLES
from kiosk import heartbeat
from kiosk.__main__ import main
from kiosk.book import KioskBook
from kiosk.config import ConfigError, load_settings
from kiosk.issue import Issuer
from kiosk.news import OrdersRecord
from kiosk.parts import open_store
from kiosk.store.settings import LAST_CONTACT, OUT_OF_SERVICE, keep
from tests.kiosk.test_issue import DRAFT
from tests.samples import DEVICE, ENROLMENT, MONDAY_10AM, OFFICE, HandClock


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An enrolled kiosk's folder, with its configuration in force."""
    (tmp_path / "kiosk.toml").write_text(f'data_dir = "{tmp_path}"\n[printer]\nport = "{tmp_path}/none"\n')
    (tmp_path / "enrolment.json").write_bytes(to_json(ENROLMENT))
    write_whole(tmp_path / "device.key", DEVICE.seed.hex().encode())
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path / "kiosk.toml"))
    return tmp_path


def _take_a_turn(clock: HandClock) -> None:
    with open_store(load_settings(), ENROLMENT) as (database, outbox):
        Issuer(ENROLMENT, database, outbox, clock).issue(DRAFT, OFFICE, "es", printer_ready=False)


def test_check_says_what_is_there_and_what_is_not(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    told = capsys.readouterr().out
    assert "serie A" in told
    assert f"no está la impresora en {installed}/none" in told


def test_looking_makes_no_file(installed: Path) -> None:
    before = set(installed.iterdir())
    assert [main([command]) for command in ("check", "status")] == [0, 0]
    assert main(["db", "SELECT 1"]) == 2
    assert set(installed.iterdir()) == before


def test_check_tells_every_fault_at_once(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _take_a_turn(HandClock())
    (installed / "enrolment.json").unlink()
    (installed / "kiosk.key").write_text("00" * 32)
    assert main(["check"]) == 1
    told = capsys.readouterr().err
    assert "no está inscrito" in told
    assert "la clave no abre" in told


def test_setup_takes_the_pin_from_a_file_and_check_misses_it_before(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 0
    assert "no hay PIN del personal" in capsys.readouterr().out
    (installed / "typed").write_text("2580\n")
    assert main(["setup", "--pin-file", str(installed / "typed")]) == 0
    assert main(["check"]) == 0
    told = capsys.readouterr().out
    assert "no hay PIN" not in told
    assert "2580" not in told + (installed / "staff.pin").read_text()


def test_setup_reads_the_standard_input(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("13579\n"))
    assert main(["setup", "--pin-file", "-"]) == 0
    assert (installed / "staff.pin").exists()


@pytest.mark.parametrize(
    ("typed", "status", "told"),
    [(("2580", "2580"), 0, ""), (("2580", "2581"), 2, "no son iguales"), (("12", "12"), 2, "de 4 a 8 cifras")],
)
def test_setup_asks_twice(
    installed: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: tuple[str, ...],
    status: int,
    told: str,
) -> None:
    answers = iter(typed)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    assert main(["setup"]) == status
    assert told in capsys.readouterr().err
    assert (installed / "staff.pin").exists() is (status == 0)


def test_check_tells_of_languages_that_are_drafts_or_unknown(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = (installed / "kiosk.toml").read_text()
    (installed / "kiosk.toml").write_text(settings + '[screen]\nlanguages = ["es", "qu"]\n')
    assert main(["check"]) == 0
    assert "los textos en «qu» son un borrador" in capsys.readouterr().out
    (installed / "kiosk.toml").write_text(settings + '[screen]\nlanguages = ["es", "xx"]\n')
    assert main(["check"]) == 1
    assert "no hay textos en «xx»; hay" in capsys.readouterr().err


def test_status_says_that_staff_took_it_out_of_service(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(load_settings(), ENROLMENT) as (database, _outbox), database.immediate() as tables:
        keep(tables, OUT_OF_SERVICE, 1)
    assert main(["status"]) == 0
    assert "Fuera de servicio" in capsys.readouterr().out
    assert installed.exists()


def test_status_says_what_the_office_ordered(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(load_settings(), ENROLMENT) as (database, _outbox):
        OrdersRecord(database).change(KioskOrders(out_of_service=True, message="Pase a la sala B", version=1))
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert "la oficina lo ordenó" in told
    assert "Pase a la sala B" in told
    assert installed.exists()


def test_run_with_a_source_that_is_none_says_so(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (installed / "kiosk.toml").open("a") as settings:
        settings.write('[scanner]\nsource = "kamera:1"\n')
    assert main(["run"]) == 2
    assert "scanner.source" in capsys.readouterr().err


def test_status_tells_the_last_number_and_what_is_unsent(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _take_a_turn(HandClock())
    _take_a_turn(HandClock())
    assert main(["status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Día de atención: 2026-11-23",
        "Último número: A-002",
        "Tickets de ese día: sin enviar 2",
        "Por enviar al servidor: 2",
        "Último contacto con el servidor: ninguno todavía",
    ]
    with open_store(load_settings(), ENROLMENT) as (database, _outbox), database.immediate() as tables:
        keep(tables, LAST_CONTACT, MONDAY_10AM)
    assert main(["status"]) == 0
    assert "Último contacto con el servidor: 23/11/2026 10:00" in capsys.readouterr().out
    assert installed.exists()


SEEN_TO = {
    "revoked": ("anuló este equipo", "kiosk setup --server"),
    "unknown_kiosk": ("no conoce este equipo", "kiosk setup --server"),
    "foreign_child": ("con otro nombre", "kiosk setup --server"),
    "foreign_stream": ("guarda de otro nombre", "kiosk export"),
    "foreign_office": ("guarda de otra oficina", "kiosk export"),
    "replayed": ("otro equipo con la misma clave", "apague uno de los dos"),
    "not_signed": ("contesta alguien que no es el servidor", "portal de Wi-Fi"),
    "no_series": ("ya no tiene series libres", "Avise a quien administra"),
    "too_many_lives": ("pidió demasiadas series nuevas", "kiosk setup --server"),
    "clock_suspect": ("difieren en más de un día y medio", "timedatectl"),
}


def test_all_that_a_person_has_to_see_to_has_words() -> None:
    assert SEEN_TO.keys() == TROUBLES


@pytest.mark.parametrize("code", sorted(SEEN_TO))
def test_status_says_why_nothing_is_sent_and_what_to_do(
    installed: Path, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    with open_store(load_settings(), ENROLMENT) as (database, outbox):
        KioskBook(database, outbox).keep_trouble(code)
        assert KioskBook(database, outbox).link().trouble == code
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    what, to_do = SEEN_TO[code]
    assert re.search(rf"^Atención: .*{what}.*\.$", told, re.MULTILINE)
    assert re.search(rf"^Qué hacer: .*{to_do}", told, re.MULTILINE)
    assert "nada se pierde" in told.lower()
    assert ("da turnos, y" in told) == (code not in {"no_series", "too_many_lives"})
    assert installed.exists()


def test_db_reads_and_cannot_write(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _take_a_turn(HandClock())
    assert main(["db", "SELECT series, n FROM ticket"]) == 0
    assert capsys.readouterr().out == '{"series": "A", "n": 1}\n'
    assert main(["db", "PRAGMA query_only = OFF"]) == 0
    assert main(["db", "DELETE FROM ticket"]) == 1
    assert "readonly" in capsys.readouterr().err
    assert main(["db", "SELECT count(*) AS n FROM ticket"]) == 0
    assert capsys.readouterr().out == '{"n": 1}\n'
    assert installed.exists()


def test_two_kiosks_never_share_a_store(installed: Path) -> None:
    settings = load_settings()
    with open_store(settings, ENROLMENT), pytest.raises(ConfigError, match="Ya hay un kiosco"):
        open_store(settings, ENROLMENT).__enter__()
    with open_store(settings, ENROLMENT):
        assert installed.exists()


def test_the_service_manager_hears_what_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "20000000")
        heartbeat.notify("READY=1")
        assert manager.recv(100) == b"READY=1"
        assert heartbeat.beat_every_s() == pytest.approx(6.67, abs=0.01)


def test_without_a_service_manager_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    heartbeat.notify("READY=1")
    assert heartbeat.beat_every_s() is None
