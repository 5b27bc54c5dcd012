"""The command line, as an administrator types it: what it makes, what it refuses, in which words."""

from __future__ import annotations

import stat
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from litestar.testing import TestClient

from domain.messages import Enrolment, from_json
from server.__main__ import main
from server.compose import compose
from server.config import load_config
from tests.server.conftest import OFFICE, form_token
from tests.server.process import Done, order, settings_text
from tests.server.twin import new_device

if TYPE_CHECKING:
    from pathlib import Path

    from exchange.signing import DeviceKey
    from tests.server.postgres import Cluster


@dataclass(frozen=True)
class CommandLine:
    file: Path

    def order(self, *arguments: str, typed: str = "") -> Done:
        return order(self.file, *arguments, typed=typed)


@pytest.fixture
def office(tmp_path: Path) -> CommandLine:
    file = tmp_path / "server.toml"
    file.write_text(settings_text(OFFICE, folder=tmp_path / "data", public_url="http://127.0.0.1"), "utf-8")
    return CommandLine(file)


def into(path: Path, device: DeviceKey | None = None) -> tuple[str, ...]:
    """Where the enrolment of a machine that cannot reach the server is written."""
    return "--out", str(path), "--device-key", (device or new_device()).public.hex()


def test_a_file_that_was_edited_is_followed_and_every_command_says_so(
    office: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped:
        def run(self) -> None:
            """Serves nobody."""

    monkeypatch.setattr("server.__main__.http_server", lambda *_, **__: Stopped())
    assert office.order("migrate").err == ""
    assert office.order("run").err == ""
    text = office.file.read_text("utf-8")
    for command in (["run"], ["migrate"], ["user", "add", "ana"]):
        text = text.replace("Recepción", "Recepción,")
        office.file.write_text(text, "utf-8")
        assert office.order(*command).err == (
            "La oficina queda como dice el archivo, que cambió: lo cambiado en el navegador antes ya no rige.\n"
        )
        assert office.order("run").err == ""


def test_a_new_office_from_nothing(office: CommandLine, tmp_path: Path) -> None:
    migrated = office.order("migrate")
    assert migrated.status == 0, migrated.err
    assert "Base al día: revisión 0020" in migrated.out
    for name in ("server.db", "keys/database.key", "keys/seal.key", "keys/sign.key"):
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600
    out = tmp_path / "sala-1.json"
    shown = ("--out", str(out), "--device-key", new_device().public.hex())
    first = office.order("enrol", "--kiosk", "sala-1", *shown, "--server-url", "http://10.0.0.1:8080")
    assert first.status == 0, first.err
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    enrolment = from_json(out.read_bytes(), Enrolment)
    assert (enrolment.kiosk, enrolment.series, enrolment.epoch) == ("sala-1", "A", 1)
    assert enrolment.server_url == "http://10.0.0.1:8080"
    assert len({enrolment.mac_key, enrolment.seal_key, enrolment.server_key}) == 3
    other = office.order("enrol", "--kiosk", "sala-2", *into(tmp_path / "sala-2.json"))
    assert "serie B" in other.out
    account = office.order("user", "add", "Ana")
    assert account.status == 0
    assert "Cuenta: ana\nContraseña: " in account.out


def test_refusals_change_nothing_and_speak_spanish(office: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "sala-1.json"
    device = new_device()
    assert office.order("enrol", "--kiosk", "sala-1", *into(out, device)).status == 0
    before = out.read_bytes()
    refused = [
        (("enrol", "--kiosk", "sala-1", *into(out)), 2, "ya existe; no se sobrescribe"),
        (("enrol", "--kiosk", "sala-1", *into(tmp_path / "b")), 1, "Ya hay un equipo «sala-1»"),
        (("enrol", "--kiosk", "sala-1"), 1, "Ya hay un equipo «sala-1»"),
        (("enrol", "--kiosk", "Sala 1", *into(tmp_path / "b")), 2, "El nombre del equipo"),
        (("enrol", "--kiosk", "sala-9", *into(tmp_path / "b", device)), 1, "ya está inscrito como «sala-1»"),
        (("enrol", "--kiosk", "sala-9", "--out", str(tmp_path / "b")), 2, "van juntos"),
        (("enrol", "--kiosk", "sala-9", "--out", str(tmp_path / "b"), "--device-key", "nada"), 2, "64 cifras"),
        (("enrol", "--kiosk", "sala-9", "--counter", "3", "--node", "tacna"), 2, "argumentos no válidos"),
        (("enrol", "--kiosk", "sala-9", "--node", "ta cna"), 2, "La oficina se nombra con su id"),
        (("enrol", "--kiosk", "sala-9", "--node", OFFICE.id), 2, "es la de este servidor"),
        (("enrol", "--kiosk", "sala-9", "--node", "tacna", *into(tmp_path / "b")), 2, "kiosk-server join"),
        (("enrol",), 2, "argumentos no válidos"),
        (("enrol", "--kiosk", "sala-9", *into(tmp_path / "no" / "b")), 1, "No se puede usar"),
        (("revoke", "--kiosk", "sala-9"), 1, "No hay un equipo «sala-9»"),
        (("join", "--server", "http://127.0.0.1:9", "--code", "nada"), 1, "no está bien escrito"),
        (("user", "add", "ana maría"), 2, "El nombre de la cuenta"),
        (("run", "--port", "70000"), 2, "El puerto va de 0 a 65535"),
        (("run", "--port", "x"), 2, "argumentos no válidos"),
        ((), 2, "argumentos no válidos"),
        (("volar",), 2, "argumentos no válidos"),
    ]
    for arguments, status, words in refused:
        done = office.order(*arguments)
        assert (done.status, words in done.err) == (status, True), (arguments, done.err)
    assert out.read_bytes() == before
    assert not (tmp_path / "b").exists()
    # the one that could not be written took no series
    assert "serie B" in office.order("enrol", "--kiosk", "sala-2", *into(tmp_path / "c")).out
    assert "Equipo sala-1 anulado" in office.order("revoke", "--kiosk", "sala-1").out
    assert office.order("revoke", "--kiosk", "sala-1").status == 1
    again = office.order("enrol", "--kiosk", "sala-1", "--server-url", "http://10.0.0.1:8080")
    assert "kiosk setup --server http://10.0.0.1:8080" in again.out
    assert "kiosk-server join" in office.order("enrol", "--kiosk", "tacna", "--node", "tacna").out


def test_a_counters_machine_takes_no_series_and_there_is_one_a_counter(office: CommandLine, tmp_path: Path) -> None:
    devices: defaultdict[str, DeviceKey] = defaultdict(new_device)

    def enrol(name: str, out: str, *more: str) -> Done:
        return office.order("enrol", "--kiosk", name, *into(tmp_path / out, devices[name]), *more)

    first = enrol("ventanilla-3", "a", "--counter", "03")
    assert first.status == 0, first.err
    assert "Equipo ventanilla-3: impresora de la ventanilla 3." in first.out
    enrolment = from_json((tmp_path / "a").read_bytes(), Enrolment)
    assert (enrolment.series, enrolment.counter, enrolment.epoch) == ("", "3", 1)
    assert "serie A" in enrol("sala-1", "b").out
    refused = [
        (("otra-3", "--counter", "3"), 1, "La ventanilla 3 ya tiene el equipo «ventanilla-3»"),
        (("ventanilla-3", "--counter", "4"), 1, "Ya hay un equipo «ventanilla-3»"),
        (("ventanilla-3", "--replace"), 1, "«ventanilla-3» que hace otra tarea"),
        (("sala-1", "--counter", "4", "--replace"), 1, "«sala-1» que hace otra tarea"),
        (("otra-0", "--counter", "0"), 2, "La ventanilla es un número del 1 al 99"),
        (("otra-0", "--counter", "tres"), 2, "La ventanilla es un número del 1 al 99"),
    ]
    for (name, *more), status, words in refused:
        done = enrol(name, "c", *more)
        assert (done.status, words in done.err) == (status, True), (name, more, done.err)
        assert not (tmp_path / "c").exists()
    assert enrol("otra-3", "c", "--counter", "3", "--replace").status == 0
    assert enrol("ventanilla-3", "d", "--counter", "4", "--replace").status == 0  # it has moved
    assert from_json((tmp_path / "d").read_bytes(), Enrolment).epoch == 2
    assert "serie B" in enrol("sala-2", "e").out


def test_accounts_from_the_command_line(office: CommandLine) -> None:
    assert "al menos 12" in office.order("user", "add", "ana", "--password-stdin", typed="corta\n").err
    assert office.order("user", "add", "ana", "--password-stdin", typed="una bien larga\n").status == 0
    assert "Ya hay una cuenta" in office.order("user", "add", "ana").err
    replaced = office.order("user", "add", "ana", "--password-stdin", "--replace", typed="otra bien larga\n")
    assert replaced.status == 0
    with TestClient(compose(load_config(office.file)).app) as client:
        for password, status in (("una bien larga", 401), ("otra bien larga", 303)):
            client.get("/desk")
            form = {"_csrf_token": form_token(client), "name": "ana", "password": password, "counter": "1"}
            assert client.post("/desk/sign-in", data=form, follow_redirects=False).status_code == status


def test_a_lost_key_is_not_replaced_by_a_new_one(office: CommandLine, tmp_path: Path) -> None:
    assert office.order("migrate").status == 0
    for name in ("seal.key", "database.key", "sign.key"):
        kept = tmp_path / "data" / "keys" / name
        kept.rename(tmp_path / name)
        done = office.order("migrate")
        assert (done.status, "Falta la clave" in done.err) == (1, True)
        assert not kept.exists()
        (tmp_path / name).rename(kept)
    (tmp_path / "data" / "keys" / "database.key").chmod(0o600)
    (tmp_path / "data" / "keys" / "database.key").write_text("7" * 64)
    wrong = office.order("migrate")
    assert wrong.status == 1
    assert "La base de datos no responde" in wrong.err
    assert "Traceback" not in wrong.err


@pytest.mark.parametrize("lost", ["the folder", "both files"])
def test_lost_keys_are_not_made_anew_beside_a_database_with_data(database_url: str, tmp_path: Path, lost: str) -> None:
    file = tmp_path / "server.toml"
    file.write_text(
        settings_text(OFFICE, folder=tmp_path, database_url=database_url, public_url="http://127.0.0.1"), "utf-8"
    )
    keys = tmp_path / "keys"
    kept = keys.rename(tmp_path / "kept")
    if lost == "both files":
        keys.mkdir()
    for command in ("migrate", "run"):
        done = order(file, command)
        assert (done.status, "Falta la clave" in done.err) == (1, True), done.err
        assert not any(keys.iterdir())
    keys.rmdir()
    kept.rename(keys)
    assert order(file, "migrate").status == 0


def test_another_servers_keys_do_not_start(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text(
        settings_text(OFFICE, folder=tmp_path, database_url=database_url, public_url="http://127.0.0.1"), "utf-8"
    )
    assert order(file, "migrate").status == 0
    for name in ("sign.key", "seal.key"):
        right = (tmp_path / "keys" / name).read_text()
        (tmp_path / "keys" / name).write_text("7" * 64)
        for command in ("migrate", "run"):
            done = order(file, command)
            assert (done.status, f"{name} no es la de esta base" in done.err) == (1, True), done.err
        (tmp_path / "keys" / name).write_text(right)


@pytest.mark.postgres
def test_a_new_postgresql_database_gets_its_keys(cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    url = cluster.url(cluster.new_database())
    file.write_text(settings_text(OFFICE, folder=tmp_path, database_url=url, public_url="http://127.0.0.1"), "utf-8")
    done = order(file, "migrate")
    assert done.status == 0, done.err
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {"database.key", "seal.key", "sign.key"}


def test_a_bad_configuration_is_told_whole(office: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text('public_url = "x"\ncolour = 1\n')
    done = office.order("run")
    assert done.status == 2
    for fault in ("public_url", "colour: no se conoce", "office: falta"):
        assert fault in done.err


def test_a_database_that_is_away_is_no_traceback(office: CommandLine, tmp_path: Path) -> None:
    away = f"postgresql+psycopg://nobody@/none?host={tmp_path}"
    office.file.write_text(settings_text(OFFICE, folder=tmp_path, database_url=away, public_url="http://127.0.0.1"))
    done = office.order("migrate")
    assert done.status == 1
    assert "La base de datos no responde" in done.err
    assert "Traceback" not in done.err


def test_the_environment_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KIOSK_SERVER_CONFIG", str(tmp_path / "none.toml"))
    assert main(["migrate"]) == 2
    assert str(tmp_path / "none.toml") in capsys.readouterr().err
