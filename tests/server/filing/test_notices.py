"""Notices to citizens over a real SMTP server and a real gateway: consented, once, and never lost."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from domain.delivery import GIVEN_UP_AFTER_US, LEASE_US, Channel, DeliveryState
from domain.filings import FilingMove
from domain.messages import FilingWords
from server.config import MailConfig, SmsConfig
from server.delivery.mail import Mail
from server.delivery.notice import Notices
from server.delivery.round import Carriers
from server.delivery.sms import Sms, mobile
from server.store.deliveries import deliveries_of, take_due
from tests.server.filing.conftest import PERSON, Counter
from tests.server.filing.gateway import gateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server.store.filings import Filing


@dataclass
class MailBox:
    """An SMTP server that answers what it is told, then 250; ``said`` is consumed one a message."""

    said: deque[str] = field(default_factory=deque)
    arrived: list[tuple[list[str], str]] = field(default_factory=list)

    async def handle_RCPT(self, _s: Any, _e: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.said and self.said[0].startswith("RCPT "):
            return self.said.popleft().removeprefix("RCPT ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.said.popleft() if self.said else "250 OK"
        if answer.startswith("250") or answer == "DIES":
            self.arrived.append((list(envelope.rcpt_tos), envelope.content.decode()))
        if answer == "DIES":  # it has taken the message, and its answer is lost
            server.transport.abort()
        return answer


@pytest.fixture
def box() -> Iterator[MailBox]:
    yield from _box()


def _box() -> Iterator[MailBox]:
    box = MailBox()
    controller = Controller(box, hostname="127.0.0.1", port=_free_port())
    controller.start()
    box.port = controller.port  # type: ignore[attr-defined]
    yield box
    controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def carriers(counter: Counter, box: MailBox, sms: Sms | None = None) -> Carriers:
    site, notices = counter.site, _notices(counter)
    port = box.port  # type: ignore[attr-defined]
    config = MailConfig(host="127.0.0.1", port=port, security="none", sender="Mesa de partes <mp@entidad.gob.pe>")
    ways: dict[Channel, Any] = {Channel.EMAIL: Mail(config, "", notices=notices)}
    if sms is not None:
        ways[Channel.SMS] = sms
    counter.ways = frozenset(ways)
    return Carriers(ways, clock=site.clock, writer=counter.writer, read=site.engines.read)


def _notices(counter: Counter) -> Notices:
    site = counter.site
    return Notices(keys=site.keys, offices=site.composed.offices, read=site.engines.read)


def states(counter: Counter, filing: Filing) -> list[tuple[str, str, DeliveryState]]:
    with counter.site.engines.read.connect() as connection:
        return [(one.channel.value, one.occasion, one.state) for one in deliveries_of(connection, filing.id)]


def test_who_consented_is_told_that_it_was_received_and_nothing_more(counter: Counter, box: MailBox) -> None:
    going = carriers(counter, box)
    filing = counter.receive()
    counter.receive(personal=msgspec.structs.replace(PERSON, notices=False))
    assert (going.go_round(), going.go_round()) == (1, 0)
    [(to, text)] = box.arrived
    assert to == ["maria@ejemplo.pe"]
    view = counter.filings.view(counter.clerk, filing.id, "")
    assert view.personal is not None
    for wanted in (filing.expediente, str(filing.register), "/E/", "Auto-Submitted: auto-generated"):
        assert wanted in text
    for private in ("PRUEBA", "12345678", "resoluci", "Copia de la"):
        assert private not in text
    assert states(counter, filing) == [("email", "received", DeliveryState.SENT)]


def test_what_is_missing_and_what_is_resolved_are_told_once_each(counter: Counter, box: MailBox) -> None:
    going = carriers(counter, box)
    filing = counter.receive(missing=("Recibo de pago",))
    going.go_round()
    for step in (
        lambda hall: hall.correct(filing.id, FilingWords()),
        lambda hall: hall.forward(filing.id, "legal", FilingWords()),
        lambda hall: hall.move(filing.id, FilingMove.TAKE, FilingWords()),
        lambda hall: hall.move(filing.id, FilingMove.RESOLVE, FilingWords("Resolución 12")),
    ):
        counter.filings.do(counter.clerk, step)
        going.go_round()
    subjects = [text.split("Subject: ")[1].split("\r\n\r\n")[0] for _, text in box.arrived]
    assert len(subjects) == 2
    assert "falta algo" in subjects[0]
    assert "ya hay respuesta" in subjects[1]
    assert not any("Recibo" in text or "12" in text.split(filing.expediente)[0] for _, text in box.arrived[:1])


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("451 4.3.0 try later", DeliveryState.QUEUED),
        ("RCPT 450 4.2.1 mailbox busy", DeliveryState.QUEUED),
        ("552 5.2.2 full for good", DeliveryState.REFUSED),
        ("RCPT 550 5.1.1 no such user", DeliveryState.REFUSED),
        ("554 5.7.1 your address is blocked", DeliveryState.QUEUED),
        ("not an answer at all", DeliveryState.QUEUED),
    ],
)
def test_what_is_not_taken_is_tried_again_or_given_back_to_a_person(
    counter: Counter, box: MailBox, answer: str, state: DeliveryState
) -> None:
    going = carriers(counter, box)
    filing = counter.receive()
    box.said.append(answer)
    assert (going.go_round(), box.arrived) == (1, [])
    assert states(counter, filing) == [("email", "received", state)]
    counter.site.clock.pass_s(3600)
    assert going.go_round() == (state is DeliveryState.QUEUED)
    assert len(box.arrived) == (state is DeliveryState.QUEUED)


def test_an_answer_that_is_lost_sends_it_again_under_the_same_name(counter: Counter, box: MailBox) -> None:
    going = carriers(counter, box)
    counter.receive()
    box.said.append("DIES")
    going.go_round()
    counter.site.clock.pass_s(3600)
    going.go_round()
    names = {text.split("Message-ID: ")[1].split("\r\n")[0] for _, text in box.arrived}
    assert (len(box.arrived), len(names)) == (2, 1)


def test_a_process_that_dies_with_it_in_hand_loses_nothing(counter: Counter, box: MailBox) -> None:
    going = carriers(counter, box)
    filing = counter.receive()
    with counter.site.engines.write.begin() as connection:
        assert take_due(connection, counter.site.clock.now(), Channel) is not None  # and is killed here
    assert going.go_round() == 0
    counter.site.clock.pass_s(LEASE_US / 1e6)
    assert going.go_round() == 1
    assert states(counter, filing) == [("email", "received", DeliveryState.SENT)]


def test_no_server_for_three_days_hands_it_to_a_person(counter: Counter, box: MailBox) -> None:
    going = carriers(counter, box)
    box.port = 1  # type: ignore[attr-defined]  # nobody listens there
    away = carriers(counter, box)
    filing = counter.receive()
    assert away.go_round() == 1
    assert states(counter, filing) == [("email", "received", DeliveryState.QUEUED)]
    counter.site.clock.pass_s(GIVEN_UP_AFTER_US / 1e6)
    assert away.go_round() == 1
    assert states(counter, filing) == [("email", "received", DeliveryState.GIVEN_UP)]
    assert going.go_round() == 0


@pytest.mark.parametrize(
    "address",
    ["a@b\r\nBcc: todos@ejemplo.pe", "sin arroba", "a@b, c@d", '"@ejemplo.pe', "ñandú@ejemplo.pe"],
)
def test_an_address_that_is_none_goes_to_nobody_else(counter: Counter, box: MailBox, address: str) -> None:
    going = carriers(counter, box)
    counter.receive(personal=msgspec.structs.replace(PERSON, email=address))
    counter.receive()
    going.go_round()
    assert [to for to, _ in box.arrived] == [["maria@ejemplo.pe"]]


def test_many_processes_send_each_once(counter: Counter, box: MailBox) -> None:
    rounds = [carriers(counter, box) for _ in range(4)]
    for _ in range(12):
        counter.receive()
    threads = [threading.Thread(target=one.go_round) for one in rounds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [text.split("Message-ID: ")[1].split("\r\n")[0] for _, text in box.arrived]
    assert (len(names), len(set(names))) == (12, 12)


# --- as mail servers are in the world: encrypted, and with a password ---------------------------------------------


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine's and its key, in files; its own authority."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "correo")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(1))
        .not_valid_after(now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "correo.pem", folder / "correo.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@pytest.mark.parametrize(
    ("security", "password", "is_trusted", "state"),
    [
        ("starttls", "secreto", True, DeliveryState.SENT),
        ("tls", "secreto", True, DeliveryState.SENT),
        ("starttls", "otra", True, DeliveryState.QUEUED),  # the administrator mends it, and it goes
        ("starttls", "secreto", False, DeliveryState.QUEUED),
        ("tls", "secreto", False, DeliveryState.QUEUED),
    ],
)
@pytest.mark.parametrize("building", ["sqlite"], indirect=True)
def test_it_goes_encrypted_and_with_a_password_to_nobody_else(
    counter: Counter, tmp_path: Path, security: Any, password: str, *, is_trusted: bool, state: DeliveryState
) -> None:
    box, (file, key) = MailBox(), certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"mp", b"secreto"))

    way = {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    controller = Controller(
        box, hostname="127.0.0.1", port=_free_port(), authenticator=check, auth_required=security == "starttls",
        auth_require_tls=security == "starttls", **way,
    )  # fmt: skip
    controller.start()
    config = MailConfig(
        host="127.0.0.1", port=controller.port, security=security, sender="mp@entidad.gob.pe", user="mp",
        password_file=tmp_path / "clave", ca_file=file if is_trusted else None,
    )  # fmt: skip
    site, counter.ways = counter.site, frozenset({Channel.EMAIL})
    mail = Mail(config, password, notices=_notices(counter))
    going = Carriers({Channel.EMAIL: mail}, clock=site.clock, writer=counter.writer, read=site.engines.read)
    filing = counter.receive()
    going.go_round()
    controller.stop()
    assert states(counter, filing) == [("email", "received", state)]
    assert len(box.arrived) == (state is DeliveryState.SENT)


# --- by SMS -----------------------------------------------------------------------------------------------------


def test_who_wants_an_sms_has_one_with_the_same_id_until_it_is_taken(counter: Counter, box: MailBox) -> None:
    by_phone = msgspec.structs.replace(PERSON, notices=False, notices_sms=True, phone="987 654 321")
    with gateway(500, 429, 200) as (url, taken):
        going = carriers(counter, box, Sms(SmsConfig(url=url), "secreto", notices=_notices(counter)))
        filing = counter.receive(personal=by_phone)
        for _ in range(3):
            going.go_round()
            counter.site.clock.pass_s(3600)
        assert going.go_round() == 0
    told = [json.loads(body) for _, body in taken]
    assert len({one["id"] for one in told}) == 1
    assert [one["to"] for one in told] == ["+51987654321"] * 3
    assert {headers["Authorization"] for headers, _ in taken} == {"Bearer secreto"}
    assert filing.expediente in told[0]["text"]
    assert (box.arrived, states(counter, filing)) == ([], [("sms", "received", DeliveryState.SENT)])


def test_what_the_gateway_will_never_take_goes_to_a_person(counter: Counter, box: MailBox) -> None:
    by_phone = msgspec.structs.replace(PERSON, notices_sms=True, phone="987654321")
    with gateway(400) as (url, _):
        going = carriers(counter, box, Sms(SmsConfig(url=url), "", notices=_notices(counter)))
        filing = counter.receive(personal=by_phone)
        going.go_round()
    assert set(states(counter, filing)) == {
        ("email", "received", DeliveryState.SENT), ("sms", "received", DeliveryState.REFUSED),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("987654321", "+51987654321"),
        ("+51 987-654-321", "+51987654321"),
        ("014567890", None),
        ("98765432", None),
        ("", None),
    ],
)
def test_only_a_mobile_gets_an_sms(typed: str, number: str | None) -> None:
    assert mobile(typed) == number
