"""What one says to a printer, and what it answers. The driver, its twin and its users share these words only.

A printer knows documents, not tickets: whoever wants paper hands over a `Slip`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Protocol

# --- the document -----------------------------------------------------------------------------------------------


class Align(Enum):
    """Where a line stands on the paper."""

    LEFT = 0
    CENTRE = 1


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; the driver breaks it at words. ``size`` multiplies width and height, 1 to 8."""

    text: str
    size: int = 1
    align: Align = Align.LEFT
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """The one thing to read from afar: centred, as large as the paper's width allows."""

    text: str


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code, centred, error correction M."""

    data: str


@dataclass(frozen=True, slots=True)
class Logo:
    """The entity's logo, from the printer's own memory; nothing where none is installed."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Blank paper, in millimetres."""

    mm: float


@dataclass(frozen=True, slots=True)
class Cut:
    """Feed to the cutter and cut; the last element of every slip."""


Element = Text | Number | Qr | Logo | Feed | Cut


@dataclass(frozen=True, slots=True)
class Slip:
    """A document to print, from top to bottom."""

    elements: tuple[Element, ...]


# --- the device -------------------------------------------------------------------------------------------------


class Tier(StrEnum):
    """How a printer tells that a job is out, best first. What it cannot tell, the driver does not claim."""

    PROCESS_ID = "process_id"
    """It repeats the job's own four characters after the cut (GS ( H)."""
    SENSOR = "sensor"
    """It answers a question that waits its turn behind the cut (GS r)."""
    STATUS = "status"
    """It answers at any time how it is (DLE EOT), and no more: a ticket is at best probable."""
    NONE = "none"
    """No answer comes back: refused as a ticket printer."""


class FlowControl(StrEnum):
    """How a printer on a serial line says that it takes no more bytes. A ticket fits its buffer, so NONE serves."""

    NONE = "none"
    XON_XOFF = "xonxoff"
    RTS_CTS = "rtscts"


class LogoMemory(StrEnum):
    """Where the entity's logo is kept in the printer, if it is."""

    NONE = "none"
    NV = "nv"
    """FS q and FS p: the older commands, understood by nearly every printer with a memory for images."""


class State(Enum):
    """What the printer is doing. None of these is an exception: "not reachable" is a state too."""

    ABSENT = "absent"
    OPENING = "opening"
    SYNC = "sync"
    READY = "ready"
    READY_LOW = "ready_low"
    BLOCKED = "blocked"
    PRINTING = "printing"
    SILENT = "silent"


class Reason(Enum):
    """Why paper does not come, in the words that an attendant needs."""

    PAPER = "paper"
    COVER = "cover"
    CUTTER = "cutter"
    OTHER = "other"
    ABSENT = "absent"
    SILENT = "silent"
    NO_ANSWER = "no_answer"
    NOISE = "noise"
    LOST = "lost"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Status:
    """The printer's state; ``reason`` is given when it is BLOCKED."""

    state: State
    reason: Reason | None = None

    @property
    def can_print(self) -> bool:
        """Whether a slip handed over now would be sent at once."""
        return self.state in {State.READY, State.READY_LOW}


class Result(Enum):
    """What is known of a slip. Only `Outcome.is_printed` may be told as "printed"."""

    CONFIRMED = "confirmed"
    """The printer said, after its cutter, that this very job is out."""
    PROBABLE = "probable"
    """The printer cannot say so, but stayed ready through and after the job."""
    NOT_PRINTED = "not_printed"
    """Nothing complete came out, and nothing will."""
    UNCERTAIN = "uncertain"
    """It may have come out, or may come out later."""
    CONFIRMED_LATE = "confirmed_late"
    """An UNCERTAIN job whose printer answered after all."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a job; ``reason`` is given unless it printed."""

    result: Result
    reason: Reason | None = None

    @property
    def is_printed(self) -> bool:
        """Whether it may be told as "printed"."""
        return self.result in {Result.CONFIRMED, Result.PROBABLE, Result.CONFIRMED_LATE}


@dataclass(frozen=True, slots=True)
class Paper:
    """What an attempt did to the roll. ``hangs``: an unfinished strip may hang from the head, and has to be voided.

    ``used_mm`` is an upper estimate.
    """

    used_mm: float = 0.0
    hangs: bool = False


@dataclass(frozen=True, slots=True)
class Sending:
    """A journal entry that a job's bytes may now be on the wire.

    ``process_id`` is four printable ASCII characters that the printer repeats when the job is out; ``attempt``
    counts from 1.
    """

    process_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Job:
    """A slip to print. ``sending`` is set when whoever made the job has journalled it already (one fsync less)."""

    id: str
    slip: Slip
    sending: Sending | None = None


class Journal(Protocol):
    """Where the driver writes down what it is about to do; a store implements it, durably."""

    def start_sending(self, job_id: str) -> Sending:
        """Commits the next attempt at this job before its first byte is sent. May take one fsync."""
        ...

    def finish(self, job_id: str, attempt: int, outcome: Outcome, paper: Paper) -> None:
        """Commits how that attempt ended, and what it did to the paper."""
        ...

    @property
    def strip_hangs(self) -> bool:
        """Whether an unfinished strip may hang from the printer, by the last `finish` or `strip_voided`, or a crash."""
        ...

    def strip_voided(self, paper: Paper) -> None:
        """Commits that such a strip was marked as void and cut off, or that this failed (``paper.hangs``)."""
        ...

    def roll_changed(self) -> None:
        """Commits that a full roll was put in: the odometer begins anew."""
        ...


class Printer(Protocol):
    """A printer in use. Its work is done in a thread of its own; nothing here waits for the device."""

    @property
    def status(self) -> Status:
        """The last known status, at once."""
        ...

    def print(self, job: Job) -> None:
        """Takes a job. Its outcome goes to the journal, then to ``on_outcome``. Jobs are printed in order."""
        ...

    def close(self) -> None:
        """Stops the thread and lets the device go, within a second."""
        ...


class Listener(Protocol):
    """Who wants to hear of the printer. Both calls come from the printer's thread."""

    def printer_changed(self, status: Status) -> None:
        """The status is another one now."""
        ...

    def printed(self, job_id: str, attempt: int, outcome: Outcome) -> None:
        """A job ended; already in the journal."""
        ...
