"""A kiosk's twin: issues tickets and speaks the exchange as a kiosk does, without a screen."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import UUID, uuid4

import msgspec
from nacl.public import PublicKey, SealedBox

from domain.clock import Micros, in_lima
from domain.messages import (
    ClockReading,
    Down,
    Enrolment,
    Event,
    ExchangeRequest,
    ExchangeResponse,
    KioskHealth,
    Personal,
    PrintOutcome,
    PrintRequested,
    Pull,
    Push,
    Reprinted,
    Stream,
    TicketIssued,
    from_json,
    to_json,
)
from domain.signing import next_turn
from domain.tickets import QueueNumber
from domain.tracking import Token, mint
from exchange.signing import DeviceKey, is_answer
from exchange.wire import PATH

if TYPE_CHECKING:
    import httpx

    from domain.clock import Clock
    from exchange.signing import SignedRequest

PERSON = Personal(
    document_kind="dni",
    document_number="12345678",
    description="Solicito copia de mi resolución",
    contact="987654321",
    token="",
    name="MARIA ELENA PRUEBA EJEMPLO",
)


def new_device() -> DeviceKey:
    """The key of a machine that was never here."""
    return DeviceKey(secrets.token_bytes(32))


def fully_told() -> tuple[Personal, tuple[str, ...]]:
    """A person who filled in everything, and each of their words."""
    person = Personal(
        document_kind="ce",
        document_number="001234567",
        description="Pido la copia fedateada de mi resolución",
        contact="prueba@ejemplo.pe",
        token="",
        name="JUAN PRUEBA EJEMPLO",
        subject="Copia fedateada",
        principal_kind="ruc",
        principal_number="20100000009",
        for_another=True,
        missing=("Recibo de pago", "Vigencia de poder"),
        folios=37,
        filings=3,
        media=("usb", "diagnosis"),
        notices=True,
    )
    words = (
        person.document_number, person.description, person.contact, person.name, person.subject,
        person.principal_number, *person.missing,
    )  # fmt: skip
    return person, words


@dataclass(frozen=True)
class Issued:
    """A ticket in somebody's hand."""

    id: UUID
    number: QueueNumber
    token: Token
    event: Event


@dataclass
class KioskTwin:
    enrolment: Enrolment
    clock: Clock
    device: DeviceKey = field(default_factory=new_device)
    turn: int = 0
    epoch: int = 0
    seq: int = 0
    count: int = 0
    outbox: list[Event] = field(default_factory=list)

    @property
    def stream(self) -> Stream:
        return Stream(self.enrolment.kiosk, self.epoch or self.enrolment.epoch)

    def event(self, kind: str, body: Any, /, **changes: Any) -> Event:
        """The next event of the stream, put into the outbox."""
        self.seq += 1
        now = self.clock.now()
        event = Event(
            id=uuid4(),
            stream=self.stream,
            seq=self.seq,
            kind=kind,
            v=1,
            at=now,
            office=self.enrolment.office.id,
            day=in_lima(now).date(),
            body=body if isinstance(body, msgspec.Raw) else msgspec.Raw(to_json(body)),
        )
        event = msgspec.structs.replace(event, **changes)
        self.outbox.append(event)
        return event

    def issue(
        self,
        *,
        service: str = "tramite",
        preferential: bool = False,
        person: Personal | None = PERSON,
        n: int | None = None,
        series: str | None = None,
        language: str = "es",
        **changes: Any,
    ) -> Issued:
        self.count += 1
        number = QueueNumber(series or self.enrolment.series, self.count if n is None else n)
        day: date = changes.get("day") or in_lima(self.clock.now()).date()
        nonce = hashlib.sha256(uuid4().bytes).digest()[:16]
        token = mint(
            kiosk=self.enrolment.kiosk_no,
            day=min(max(day, date(2020, 1, 1)), date(2199, 1, 1)),
            n=min(max(number.n, 0), 0xFFFF),
            nonce=nonce,
            key=self.enrolment.mac_key,
        )
        body = TicketIssued(uuid4(), number.series, number.n, service, preferential, token.nonce_hash, language)
        if person is not None:
            sealed = SealedBox(PublicKey(self.enrolment.seal_key)).encrypt(
                to_json(msgspec.structs.replace(person, token=token.text))
            )
            changes = {"sealed": sealed, **changes}
        return Issued(body.ticket, number, token, self.event("ticket.issued", body, **changes))

    def printed(self, issued: Issued, outcome: str = "confirmed", reason: str = "") -> Event:
        return self.event("ticket.print_outcome", PrintOutcome(issued.id, 1, outcome, reason))

    def healthy(
        self,
        printer: str = "ready",
        reason: str = "",
        left: int | None = 80,
        help_at: Micros | None = None,
        **changes: Any,
    ) -> Event:
        """Says how its printer is, and when somebody last asked for help there."""
        tickets = None if left is None else left * 6
        return self.event("kiosk.health", KioskHealth(printer, reason, left, tickets, help_at=help_at), **changes)

    # --- at a counter -------------------------------------------------------------------------------------------

    def wanted(self, client: httpx.Client) -> list[PrintRequested]:
        """What this machine is asked to print; sends what it has to say meanwhile."""
        response = self.sync(client, pull=(Pull("prints", 1, 0),))
        assert [down.scope for down in response.down] == ["prints"]
        return [from_json(bytes(item), PrintRequested) for item in response.down[0].items]

    def begin(self, request: PrintRequested) -> Event:
        assert request.subject is not None
        body = Reprinted(request.subject, request.document.copy, request.id)
        return self.event("ticket.reprinted", body)

    def answer(self, request: PrintRequested, outcome: str = "confirmed", reason: str = "", attempt: int = 1) -> Event:
        assert request.subject is not None
        body = PrintOutcome(request.subject, attempt, outcome, reason, request.id)
        return self.event("ticket.print_outcome", body)

    def request(self, events: list[Event] | None = None, **changes: Any) -> ExchangeRequest:
        chosen = tuple(self.outbox if events is None else events)
        push = Push(self.stream, chosen[0].seq if chosen else self.seq + 1, chosen)
        request = ExchangeRequest(
            proto=1,
            child=self.enrolment.kiosk,
            child_epoch=self.stream.epoch,
            known_parent_epoch=0,
            streams=(push,),
            pull=(Pull("queue", 0, 0),),
            clock=ClockReading(Micros(self.clock.now()), 0.0),
            app_version="0.1.0",
            backlog=0,
        )
        return msgspec.structs.replace(request, **changes)

    def hear(self, client: httpx.Client, scope: str, *, epoch: int = 1, after: int = 0) -> Down:
        """What comes down of ``scope``; sends what it has to say meanwhile."""
        [down] = self.sync(client, pull=(Pull(scope, epoch, after),)).down
        return down

    def sign(self, method: str, path: str, body: bytes = b"", device: DeviceKey | None = None) -> SignedRequest:
        """What the next request carries; with another ``device``, as a machine that has another key."""
        self.turn = next_turn(self.turn, self.clock.now())
        return (device or self.device).sign_request(method, path, self.turn, body)

    def ask(self, client: httpx.Client, path: str, device: DeviceKey | None = None) -> httpx.Response:
        """Asks about a ticket: ``path`` is its token, or ``code/`` and its code."""
        where = f"/api/v1/turns/{path}"
        signed = self.sign("GET", unquote(where), device=device)
        return self.believed(client.get(where, headers=signed.headers), signed)

    def post(
        self, client: httpx.Client, content: bytes | None = None, device: DeviceKey | None = None
    ) -> httpx.Response:
        """Sends the outbox (or ``content``) as a kiosk does."""
        raw = to_json(self.request()) if content is None else content
        signed = self.sign("POST", PATH, raw, device)
        headers = signed.headers | {"Content-Type": "application/json"}
        return self.believed(client.post(PATH, content=raw, headers=headers), signed)

    def believed(self, answer: httpx.Response, signed: SignedRequest) -> httpx.Response:
        """``answer``, which the server must have signed, whatever it says."""
        told = is_answer(
            self.enrolment.server_key, signed.signature, answer.status_code, answer.content, answer.headers
        )
        assert told, answer.text
        return answer

    def sync(self, client: httpx.Client, events: list[Event] | None = None, **changes: Any) -> ExchangeResponse:
        """An exchange that must succeed; what was acknowledged leaves the outbox."""
        answer = self.post(client, to_json(self.request(events, **changes)))
        assert answer.status_code == 200, answer.text
        response = from_json(answer.content, ExchangeResponse)
        upto = response.acks[0].upto
        self.outbox = [event for event in self.outbox if event.seq > upto]
        return response
