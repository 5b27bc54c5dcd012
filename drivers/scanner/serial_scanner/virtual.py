"""A USB scanner that is not there: a pseudo-terminal, and words that say what is held before it.

dni [NUMBER]       a DNI's Code 39           zone [NUMBER]      its machine readable zone, in three lines
pdf417 [NUMBER]    its PDF417, 472 bytes     ticket URL         a ticket's QR
ean8 DIGITS        a product                 text TEXT          any QR
hex BYTES          these bytes, as they are  garbage            noise
flood              noise without an end      half               a message of which the second half comes later
unplug             pulled out of its socket  plug [PATH]        put back, perhaps under another name
"""

from __future__ import annotations

import os
import time
import tty
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from domain.mrz import check_digit
from drivers.scanner.virtual.people import PEOPLE

if TYPE_CHECKING:
    from drivers.scanner.virtual.people import SamplePerson

SUFFIXES: Final = {"cr": (b"", b"\r"), "crlf": (b"", b"\r\n"), "stx": (b"\x02", b"\x03"), "none": (b"", b"")}
_FLOOD_BYTES: Final = 20_000
HALF_S: Final = 0.3
_FIRST: Final = next(iter(PEOPLE))


@dataclass(frozen=True, slots=True)
class Setup:
    """How a scanner is set: ``suffix`` one of `SUFFIXES`, ``aim`` whether it names the kind of each code."""

    suffix: str = "cr"
    aim: bool = True


class VirtualUsbScanner:
    """A pseudo-terminal under the name ``link``, plugged in from the start."""

    def __init__(self, link: Path, setup: Setup | None = None) -> None:
        self._link = link
        self._setup = setup or Setup()
        self._ours: int | None = None
        self._theirs: int | None = None
        self.plug()

    def plug(self, link: Path | None = None) -> None:
        """Puts it (back) in, under ``link`` from now on if given."""
        self.unplug()
        self._link = link or self._link
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        fresh = self._link.with_name(f".{self._link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._theirs))
        fresh.rename(self._link)

    def unplug(self) -> None:
        """Pulls it out; whoever listens finds its line at an end."""
        self._link.unlink(missing_ok=True)
        for descriptor in (self._ours, self._theirs):
            if descriptor is not None:
                os.close(descriptor)
        self._ours = self._theirs = None

    def written(self) -> bytes:
        """What the host has written to it: nothing, if it is as it should be."""
        try:
            return os.read(self._ours, 4096) if self._ours is not None else b""
        except BlockingIOError:
            return b""

    def obey(self, words: str) -> bool:
        """Does what one line of the words above says; whether it is one of them."""
        word, _, rest = words.strip().partition(" ")
        match word:
            case "unplug":
                self.unplug()
            case "plug":
                self.plug(Path(rest) if rest else None)
            case "garbage":
                self.send(bytes(range(255, 100, -3)))
            case "flood":
                self.send(b"\xa5" * _FLOOD_BYTES)
            case "half":
                whole = self.framed(b"A0", PEOPLE[_FIRST].number.encode())
                self.send(whole[:5])
                time.sleep(HALF_S)
                self.send(whole[5:])
            case "hex":
                try:
                    self.send(bytes.fromhex(rest))
                except ValueError:
                    return False
            case _:
                return self._scan(word, rest)
        return True

    def scan(self, aim: bytes, content: bytes) -> None:
        """Sends a code's content as it is set up to; ``aim`` is the code's AIM identifier, such as ``b"A0"``."""
        self.send(self.framed(aim, content))

    def framed(self, aim: bytes, content: bytes) -> bytes:
        """A message, with whatever stands around the content."""
        before, after = SUFFIXES[self._setup.suffix]
        return before + (b"]" + aim if self._setup.aim else b"") + content + after

    def send(self, raw: bytes) -> None:
        """These bytes; what nobody takes is lost, as on a real line."""
        while raw and self._ours is not None:
            try:
                raw = raw[os.write(self._ours, raw) :]
            except BlockingIOError:
                time.sleep(0.005)

    def close(self) -> None:
        """Takes it away."""
        self.unplug()

    def _scan(self, word: str, rest: str) -> bool:
        person = PEOPLE.get(rest or _FIRST)
        match word:
            case "dni" if person:
                self.scan(b"A0", person.number.encode())
            case "pdf417" if person:
                self.scan(b"L2", person.pdf417_payload())
            case "zone" if person:
                self.scan(b"o2", "\r".join(sample_zone(person)).encode())
            case "ticket" if rest:
                self.scan(b"Q1", rest.encode())
            case "text" if rest:
                self.scan(b"Q1", rest.encode())
            case "ean8" if rest:
                self.scan(b"E4", rest.encode())
            case _:
                return False
        return True


def sample_zone(person: SamplePerson) -> tuple[str, str, str]:
    """The machine readable zone that the card of a sample person would carry; born in 1980."""
    number, birth = f"{person.number}<", "800101"
    expiry = "000101" if person.expiry.startswith("3000") else person.expiry[2:]
    first = f"I<PER{number}{check_digit(number)}".ljust(30, "<")
    sex = "F" if person.sex == "2" else "M"
    dates = f"{birth}{check_digit(birth)}", f"{expiry}{check_digit(expiry)}"
    whole = check_digit(first[5:] + dates[0] + dates[1] + "<" * 11)
    second = f"{dates[0]}{sex}{dates[1]}PER{'<' * 11}{whole}"
    name = f"{person.paternal}<<{person.given}".replace("Ñ", "NXX").replace(" ", "<")
    return first, second, name[:30].ljust(30, "<")
