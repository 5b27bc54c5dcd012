"""Who the machines are: a kiosk of this office, the driver of the printer at a counter, or an office's own server."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from domain.clock import Micros, in_lima
from domain.enrolment import Credential
from domain.messages import Enrolment, MachineEnrolled, MachineRevoked, SeriesGiven, from_json, to_json
from domain.signing import SIGNATURE_BYTES, credential_words
from domain.tickets import series_names
from exchange.signing import is_signed, seal_to
from server.store import kiosks
from server.store.kiosks import (
    add_kiosk,
    is_taken,
    kiosk_of_device,
    last_life,
    machine_at,
    next_number,
    renewals,
    series_given,
)
from server.store.node import epoch_now, record
from server.store.office_machines import last_epoch, was_revoked

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.office import Office
    from server.keys import Keys
    from server.store.codes import Wanted
    from server.store.kiosks import Kiosk, Life
    from server.store.node import Node


@dataclass(frozen=True, slots=True)
class AlreadyEnrolled:
    """There is a machine of that name; another enrolment would cut it off."""


@dataclass(frozen=True, slots=True)
class OtherKind:
    """The name is a kiosk's where a counter's machine was asked for, or the other way round; it stays what it is."""


@dataclass(frozen=True, slots=True)
class CounterServed:
    """There is a machine at that counter, called ``name``; another enrolment would cut it off."""

    name: str


@dataclass(frozen=True, slots=True)
class DeviceEnrolled:
    """The very same machine is enrolled already, as ``name``."""

    name: str


@dataclass(frozen=True, slots=True)
class NoSeries:
    """Every series of the office was given out."""


NotEnrolled = AlreadyEnrolled | OtherKind | CounterServed | DeviceEnrolled | NoSeries


LIVES_A_DAY = 3
LIVES_AN_ENROLMENT = 20
"""So many series a kiosk gets by itself, under lives that it says it began; then it needs a person and a code.

A store is put back now and then. A machine that says so without end is broken or somebody else's, and would use up the
series of the whole office, of which there are 552.
"""
_DAY_US = 24 * 3_600_000_000


class NotRenewed(Enum):
    """Why a kiosk gets no series for its new life; what is known of it stays, and its events are taken."""

    NO_SERIES = "no_series"
    TOO_MANY = "too_many_lives"


def is_spent(connection: Connection, name: str, now: Micros) -> bool:
    """Whether the kiosk of that name gets no more series by itself, today or at all."""
    begun = renewals(connection, name, Micros(now - _DAY_US))
    return begun.lately >= LIVES_A_DAY or begun.all >= LIVES_AN_ENROLMENT


class Registry:
    """Enrols, renews, takes in again and revokes. Every method is a part of its caller's transaction."""

    def __init__(self, *, node: Node, keys: Keys) -> None:
        self._node = node
        self._keys = keys

    def hindrance(self, connection: Connection, wanted: Wanted) -> NotEnrolled | None:
        """Why nobody can be enrolled so."""
        last = last_life(connection, wanted.name)
        if last is not None and _kind_of(last) != (wanted.counter != "", wanted.is_node):
            return OtherKind()
        if last is not None and not (last.office == wanted.office and (wanted.replaces or last.is_revoked)):
            return AlreadyEnrolled()
        served = machine_at(connection, wanted.office, wanted.counter) if wanted.counter else None
        if served not in {None, wanted.name} and not wanted.replaces:
            return CounterServed(served or "")
        return None

    def enrol(
        self, connection: Connection, wanted: Wanted, device_key: bytes, *, office: Office, server_url: str, now: Micros
    ) -> Enrolment | NotEnrolled:
        """Enrols the machine that has ``device_key``.

        Raises:
            IntegrityError: another enrolment took the series, counter or number at the same moment; try again.
        """
        hindrance = self.hindrance(connection, wanted)
        if hindrance is not None:
            return hindrance
        holder = kiosk_of_device(connection, device_key)
        if holder is not None and not holder.is_revoked and holder.id != wanted.name:
            return DeviceEnrolled(holder.id)
        last = last_life(connection, wanted.name)
        series = None if wanted.counter or wanted.is_node else _next_series(connection, wanted.office)
        if series == "":
            return NoSeries()
        served = machine_at(connection, wanted.office, wanted.counter) if wanted.counter else None
        if served not in {None, wanted.name}:
            self.revoke(connection, served or "", now)
        heard = last_epoch(connection, wanted.office, wanted.name)
        row = {
            "no": next_number(connection), "id": wanted.name, "office": wanted.office, "series": series,
            "counter": wanted.counter or None, "epoch": 1 + max(0 if last is None else last.epoch, heard),
            "mac_key": secrets.token_bytes(32), "device_key": device_key,
        }  # fmt: skip
        self._add(connection, row, now, is_same_machine=last is not None and last.device_key == device_key)
        return self.enrolment(connection, wanted.name, office=office, server_url=server_url)

    def enrolment(self, connection: Connection, name: str, *, office: Office, server_url: str) -> Enrolment:
        """What the machine of that name is given, as often as it asks: nothing in it is a secret of the server's."""
        life = last_life(connection, name)
        assert life is not None
        return Enrolment(
            kiosk=name,
            kiosk_no=life.no,
            series=life.series or "",
            epoch=life.epoch,
            mac_key=life.mac_key,
            server_url=server_url,
            seal_key=self._keys.seal_public,
            office=office,
            server_key=self._keys.sign_public,
            credential=self._credential(connection, life),
            counter=life.counter or "",
        )

    def renew(self, connection: Connection, machine: Kiosk, epoch: int, now: Micros) -> NotRenewed | None:
        """A kiosk began life ``epoch`` by itself: it gets a series that nobody ever had, or is told why not.

        Its numbers of before may be in people's hands without the kiosk's knowing, so it must not go on with them.
        """
        life = last_life(connection, machine.id)
        if life is None or life.is_revoked or life.epoch >= epoch:
            return None
        if is_spent(connection, life.name, now):
            return NotRenewed.TOO_MANY
        series = _next_series(connection, life.office)
        if not series:
            return NotRenewed.NO_SERIES
        row = {
            "no": next_number(connection), "id": life.name, "office": life.office, "series": series, "counter": None,
            "epoch": epoch, "mac_key": life.mac_key, "device_key": life.device_key,
        }  # fmt: skip
        self._add(connection, row, now, is_same_machine=True)
        return None

    def series_of(self, connection: Connection, machine: Kiosk) -> SeriesGiven | None:
        """What a kiosk gives out numbers under now; None for what gives out none."""
        life = last_life(connection, machine.id)
        if life is None or life.series is None:
            return None
        return SeriesGiven(life.epoch, life.series, life.no, self._credential(connection, life))

    def take_in(
        self, connection: Connection, child: str, device_key: bytes, credential: bytes, now: Micros
    ) -> Kiosk | None:
        """The machine that an earlier state of this database had enrolled; None where it did not, or knows better.

        Only a database that was put back to an earlier day forgets a machine, and then it lives in a later epoch. A
        name that it knows as revoked needs a person.
        """
        shown = self._read(credential)
        if shown is None or (shown.kiosk, shown.device_key) != (child, device_key):
            return None
        last = last_life(connection, child)
        forgotten = shown.server_epoch < epoch_now(connection) and (
            last is None or (not last.is_revoked and last.epoch < shown.epoch and last.office == shown.office)
        )
        series = shown.series or None
        if was_revoked(connection, shown.office, child, shown.epoch):
            return None
        if not forgotten or is_taken(connection, no=shown.kiosk_no, office=shown.office, series=series, but=child):
            return None
        if shown.counter and machine_at(connection, shown.office, shown.counter) not in {None, child}:
            return None
        row = {
            "no": shown.kiosk_no, "id": child, "office": shown.office, "series": series,
            "counter": shown.counter or None, "epoch": shown.epoch, "mac_key": shown.mac_key, "device_key": device_key,
        }  # fmt: skip
        self._add(connection, row, now, is_same_machine=False)
        return kiosk_of_device(connection, device_key)

    def revoke(self, connection: Connection, name: str, now: Micros) -> bool:
        """Lets a machine speak no more; whether there was one of that name. What it gave out stays good."""
        life = kiosks.revoke(connection, name, now)
        if life is None:
            return False
        body = MachineRevoked(name, life.epoch)
        day = in_lima(now).date()
        record(connection, self._node, body, kind="kiosk.revoked", office=life.office, day=day, now=now)
        return True

    def _add(self, connection: Connection, row: dict[str, object], now: Micros, *, is_same_machine: bool) -> None:
        add_kiosk(connection, row, now, is_same_machine=is_same_machine)
        life = last_life(connection, str(row["id"]))
        assert life is not None
        assert life.device_key is not None
        body = MachineEnrolled(
            kiosk=life.name,
            kiosk_no=life.no,
            series=life.series or "",
            counter=life.counter or "",
            epoch=life.epoch,
            device_key=life.device_key,
            mac_key=life.mac_key,
        )
        day = in_lima(now).date()
        record(connection, self._node, body, kind="kiosk.enrolled", office=life.office, day=day, now=now)

    def _credential(self, connection: Connection, life: Life) -> bytes:
        """Signed, so that nobody makes one; sealed to this server, so that it tells nobody anything."""
        raw = to_json(
            Credential(
                kiosk=life.name,
                kiosk_no=life.no,
                series=life.series or "",
                counter=life.counter or "",
                epoch=life.epoch,
                device_key=life.device_key or b"",
                mac_key=life.mac_key,
                office=life.office,
                server_epoch=epoch_now(connection),
            )
        )
        sealed = seal_to(self._keys.sign_public, self._keys.signature(credential_words(raw)) + raw)
        assert sealed is not None
        return sealed

    def _read(self, credential: bytes) -> Credential | None:
        opened = self._keys.open_signing(credential)
        if opened is None:
            return None
        signature, raw = opened[:SIGNATURE_BYTES], opened[SIGNATURE_BYTES:]
        if not is_signed(self._keys.sign_public, credential_words(raw), signature):
            return None
        try:
            return from_json(raw, Credential)
        except msgspec.DecodeError:  # of another version
            return None


def _kind_of(life: Life) -> tuple[bool, bool]:
    """Whether it prints at a counter, and whether it is an office's server."""
    return life.counter is not None, life.series is None and life.counter is None


SKIPPED_A_LIFE = 3
"""So many series a restored server leaves out: it may have given them to kiosks that the old copy knows nothing of."""


def _next_series(connection: Connection, office: str) -> str:
    """A series that nobody in the office ever had; empty where none is left."""
    given = series_given(connection, office)
    free = [candidate for candidate in series_names() if candidate not in given]
    skipped = SKIPPED_A_LIFE * (epoch_now(connection) - 1)
    return "" if not free else free[min(skipped, len(free) - 1)]
