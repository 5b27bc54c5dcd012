"""An enrolment at the real server: through somebody in between, cut off half way, by a certificate that ran out."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import signal
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from domain.enrolment import EnrolmentCode, server_hash
from domain.messages import Enrolment, from_json
from domain.signing import ANSWER_HEADER
from exchange import whole
from exchange.enrol import EnrolError, enrol, keep_enrolment
from exchange.http import ask, open_client
from exchange.signing import DeviceKeyError, own_device_key
from exchange.whole import WriteError
from kiosk.__main__ import main as kiosk_main
from server.clock import SystemClock
from tests.failures.nursery import Nursery
from tests.server.conftest import OFFICE, ObedientClock, config_in, migrated  # noqa: F401 - a fixture
from tests.server.process import ROOT, ServerProgram
from tests.server.twin import KioskTwin, new_device

CODE = re.compile(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){6}")


@pytest.fixture(scope="module")
def program(
    tmp_path_factory: pytest.TempPathFactory,
    migrated: Path,  # noqa: F811 - a fixture
    nursery: Nursery,
) -> Iterator[ServerProgram]:
    folder = tmp_path_factory.mktemp("office")
    shutil.copytree(migrated, folder, dirs_exist_ok=True)
    program = ServerProgram(folder, OFFICE, nursery=nursery)
    program.start()
    yield program
    program.stop(signal.SIGKILL)


def code_of(program: ServerProgram, name: str, *more: str) -> str:
    shown = program.order("enrol", "--kiosk", name, *more)
    assert shown.status == 0, shown.err
    found = CODE.search(shown.out)
    assert found is not None
    assert f"«{name}»" in shown.out
    return found[0]


@dataclass
class Between:
    """Somebody between machine and server, who passes on what they hear, or what they make of it."""

    to: str
    heard: list[tuple[str, bytes, int, bytes]] = field(default_factory=list)
    change: Callable[[str, int, bytes], tuple[int, bytes]] = lambda _path, status, body: (status, body)
    url: str = ""

    def learned(self) -> bytes:
        """All that went by, and what of it is base64, opened."""
        raw = b"\n".join(part for _, asked, _, told in self.heard for part in (asked, told))
        boxes = re.findall(rb'"([A-Za-z0-9+/=]{40,})"', raw)
        return raw + b"\n".join(base64.b64decode(box + b"==") for box in boxes)


@pytest.fixture
def between(program: ServerProgram) -> Iterator[Between]:
    one = Between(program.url)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = httpx.request(self.command, one.to + self.path, content=asked, headers=dict(self.headers))
            one.heard.append((self.path, asked, answer.status_code, answer.content))
            status, body = one.change(self.path, answer.status_code, answer.content)
            self.send_response(status)
            if ANSWER_HEADER in answer.headers:
                self.send_header(ANSWER_HEADER, answer.headers[ANSWER_HEADER])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    one.url = f"http://127.0.0.1:{listening.server_port}"
    threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield one
    listening.shutdown()
    listening.server_close()


def test_whoever_only_passes_it_on_learns_nothing_of_use(program: ServerProgram, between: Between) -> None:
    device, code = new_device(), code_of(program, "pasillo-1")
    enrolment = enrol(between.url, code.lower().replace("-", " "), device)
    assert (enrolment.kiosk, enrolment.office.id, enrolment.server_url) == ("pasillo-1", OFFICE.id, between.url)
    assert [path for path, *_ in between.heard] == ["/sync/v1/key", "/sync/v1/enrol"]
    learned = between.learned()
    for secret in (enrolment.mac_key, device.seed, code.replace("-", "")[16:24].encode(), b"pasillo-1"):
        assert secret not in learned
    # what was overheard, sent again, is answered for that machine's eyes only
    again = httpx.post(program.url + "/sync/v1/enrol", content=between.heard[1][1])
    assert again.status_code == 200
    assert enrolment.mac_key not in again.content
    assert new_device().open(base64.b64decode(again.json()["sealed"])) is None
    kiosk = KioskTwin(enrolment, SystemClock(), device)
    kiosk.issue()
    with httpx.Client(base_url=between.url) as client:
        assert kiosk.sync(client).acks[0].upto == 1


def test_a_code_of_another_server_is_noticed_before_anything_secret_is_sent(between: Between) -> None:
    other = EnrolmentCode(server_hash(b"\x01" * 32), "ABCD2345")
    with pytest.raises(EnrolError, match="es de otro servidor"):
        enrol(between.url, other.text, new_device())
    assert [(path, asked) for path, asked, *_ in between.heard] == [("/sync/v1/key", b"")]


def test_whoever_plays_the_server_is_told_nothing(program: ServerProgram, between: Between) -> None:
    own = base64.b64encode(new_device().public).decode()
    between.change = lambda _path, _status, _body: (200, json.dumps({"key": own}).encode())
    with pytest.raises(EnrolError, match="suplantando"):
        enrol(between.url, code_of(program, "pasillo-2"), new_device())
    assert len(between.heard) == 1


def test_an_answer_that_is_not_the_servers_to_this_request_is_not_kept(
    program: ServerProgram, between: Between
) -> None:
    device = new_device()
    enrol(between.url, code_of(program, "pasillo-3"), device)
    former = between.heard[-1][3]

    def another(path: str, status: int, body: bytes) -> tuple[int, bytes]:
        return status, former if path.endswith("enrol") else body

    def spoilt(path: str, status: int, body: bytes) -> tuple[int, bytes]:
        return status, body[:-20] + b"A" + body[-19:] if path.endswith("enrol") else body

    code = code_of(program, "pasillo-3", "--replace")
    for change in (another, spoilt):
        between.change = change
        with pytest.raises(EnrolError, match="no lo firmó el servidor"):
            enrol(between.url, code, device)
    between.change = Between.change
    assert enrol(between.url, code, device).epoch == 2  # the code is still that machine's


@pytest.mark.parametrize(
    "answer", [(200, b""), (200, b"<html>"), (200, b"[" * 5000), (302, b""), (500, b"no"), (503, b"")]
)
def test_whatever_answers_is_told_in_words(between: Between, program: ServerProgram, answer: tuple[int, bytes]) -> None:
    code = code_of(program, "pasillo-4")
    between.change = lambda _path, _status, _body: answer
    with pytest.raises(EnrolError, match="El código sigue valiendo"):
        enrol(between.url, code, new_device())


def test_words_that_nobody_signed_are_not_shown(between: Between, program: ServerProgram) -> None:
    code = code_of(program, "pasillo-4")
    between.change = lambda _path, _status, _body: (410, b'{"code":"code_used","message":"Llame al 900-ESTAFA"}')
    with pytest.raises(EnrolError, match="ya se usó en otro equipo") as told:
        enrol(between.url, code, new_device())
    assert "ESTAFA" not in str(told.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nada", "http://", "http://[::1", "ftp://x", "http://\x00"])
def test_a_server_that_is_not_there_uses_up_nothing(program: ServerProgram, url: str) -> None:
    with pytest.raises(EnrolError):
        enrol(url, code_of(program, "pasillo-5"), new_device())


def test_a_code_that_was_mistyped_is_not_sent() -> None:
    with pytest.raises(EnrolError, match="no está bien escrito"):
        enrol("http://127.0.0.1:9", "ABCD-EFGH", new_device())


# --- kept whole -------------------------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "kiosk.toml").write_text(f'data_dir = "{tmp_path / "data"}"\n')
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path / "kiosk.toml"))
    return tmp_path / "data"


def test_the_code_is_asked_for_until_it_is_well_typed(
    program: ServerProgram, installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = code_of(program, "sala-7")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{code[:-1]}\n{code}\n"))
    assert kiosk_main(["setup", "--server", program.url]) == 0
    told = capsys.readouterr()
    assert "no está bien escrito" in told.err
    assert "Este equipo es ahora «sala-7»: serie" in told.out
    for name in ("enrolment.json", "device.key"):
        assert stat.S_IMODE((installed / name).stat().st_mode) == 0o600
    assert from_json((installed / "enrolment.json").read_bytes(), Enrolment).kiosk == "sala-7"
    assert kiosk_main(["setup", "--key"]) == 0
    assert capsys.readouterr().out.strip() == own_device_key(installed / "device.key").public.hex()
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert kiosk_main(["setup", "--server", program.url]) == 2
    assert kiosk_main(["setup", "--code", code]) == 2
    assert kiosk_main(["setup", "--server", program.url, "--code", code]) == 0  # the same machine may ask again
    (installed / "device.key").write_text("nada")
    assert kiosk_main(["setup", "--server", program.url, "--code", code]) == 2
    assert "no contiene la clave" in capsys.readouterr().err


def test_a_machine_that_dies_before_the_answer_keeps_nothing_and_may_use_its_code_again(
    program: ServerProgram, between: Between, installed: Path
) -> None:
    code = code_of(program, "sala-8")
    command = [sys.executable, "-m", "kiosk", "setup", "--server", between.url, "--code", code]
    dying: list[subprocess.Popen[bytes]] = []
    begun = threading.Event()

    def kill(path: str, status: int, body: bytes) -> tuple[int, bytes]:
        if path.endswith("enrol"):  # the server has committed it
            assert begun.wait(20)
            dying[0].kill()
        return status, body

    between.change = kill
    dying.append(subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stderr=subprocess.DEVNULL))
    begun.set()
    assert dying[0].wait(30) == -signal.SIGKILL
    assert {path.name for path in installed.iterdir()} == {"device.key"}
    between.change = Between.change
    assert kiosk_main(["setup", "--server", between.url, "--code", code]) == 0
    assert from_json((installed / "enrolment.json").read_bytes(), Enrolment).epoch == 1


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_enrolment_is_whole_or_the_former_one(
    program: ServerProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    device, path = new_device(), tmp_path / "enrolment.json"
    first = enrol(program.url, code_of(program, "sala-9", "--replace"), device)
    keep_enrolment(path, first)
    second = enrol(program.url, code_of(program, "sala-9", "--replace"), device)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(*((whole.os, "fsync", fail) if step == "fsync" else (Path, "replace", fail)))
        with pytest.raises(WriteError, match="no queda espacio"):
            keep_enrolment(path, second)
    assert from_json(path.read_bytes(), Enrolment) == first
    keep_enrolment(path, second)
    assert from_json(path.read_bytes(), Enrolment) == second


def test_a_key_file_that_holds_none_is_not_written_over(tmp_path: Path) -> None:
    for content in ("", "nada", "00" * 31):
        (tmp_path / "device.key").write_text(content)
        with pytest.raises(DeviceKeyError):
            own_device_key(tmp_path / "device.key")
        assert (tmp_path / "device.key").read_text() == content


def test_an_offices_server_joins_a_centre_with_a_code(program: ServerProgram, tmp_path: Path) -> None:
    office = ServerProgram(tmp_path, OFFICE)
    code = code_of(program, "tacna", "--node", "tacna")
    done = office.order("join", "--server", program.url, typed=f"{code}\n")
    assert done.status == 0, done.err
    assert "«tacna»" in done.out
    joined = from_json((tmp_path / "upstream.json").read_bytes(), Enrolment)
    assert joined.is_node
    assert (joined.office.id, joined.server_url) == ("tacna", program.url)
    assert stat.S_IMODE((tmp_path / "keys" / "device.key").stat().st_mode) == 0o600
    wrong = office.order("join", "--server", program.url, "--code", code_of(program, "sala-6"))
    assert (wrong.status, "kiosk setup" in wrong.err) == (1, True)
    assert from_json((tmp_path / "upstream.json").read_bytes(), Enrolment) == joined


# --- certificates -----------------------------------------------------------------------------------------------


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def _expired(folder: Path, name: str, host: str) -> None:
    """A certificate for ``host`` by an authority of its own, that ran out yesterday."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(
        folder, "req", "-x509", *key, "-keyout", f"{name}-ca.key", "-out", f"{name}-ca.pem", "-subj", f"/CN={name}"
    )
    _openssl(folder, "req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={host}")
    (folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n")
    sign = (
        "x509", "-req", "-in", f"{name}.csr", "-CA", f"{name}-ca.pem", "-CAkey", f"{name}-ca.key",
        "-CAcreateserial", "-extfile", f"{name}.ext", "-out", f"{name}.pem",
    )  # fmt: skip
    try:
        _openssl(folder, *sign, "-days", "-1")
    except subprocess.CalledProcessError:  # a later openssl, which has words for it
        _openssl(folder, *sign, "-not_before", "20200101000000Z", "-not_after", "20210101000000Z")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    _expired(folder, "ours", "localhost")
    _expired(folder, "named-otherwise", "otro.ejemplo.invalid")
    return folder


@pytest.mark.parametrize(
    ("presented", "trusted", "is_let_in"),
    [("ours", "ours", True), ("named-otherwise", "named-otherwise", False), ("ours", "named-otherwise", False)],
)
def test_a_certificate_that_ran_out_is_good_and_one_of_another_name_or_authority_is_not(
    certificates: Path, monkeypatch: pytest.MonkeyPatch, presented: str, trusted: str, *, is_let_in: bool
) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hola")

        def log_message(self, *_: object) -> None: ...

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{presented}.pem", certificates / f"{presented}.key")
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / f"{trusted}-ca.pem"))
    url = f"https://localhost:{listening.server_port}"
    try:
        with open_client(url, timeout_s=5.0) as client:
            if is_let_in:
                assert ask(client, "GET", "/", largest=100)[1] == b"hola"
            else:
                with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                    ask(client, "GET", "/", largest=100)
                with pytest.raises(EnrolError, match="certificado no es de ese servidor"):
                    enrol(url, EnrolmentCode(server_hash(b"\x01" * 32), "ABCD2345").text, new_device())
    finally:
        listening.shutdown()
        listening.server_close()
