"""What the driver writes to the log: events of a closed list, with fields, never what stands on a slip."""

from __future__ import annotations

import logging
from enum import StrEnum

_log = logging.getLogger("drivers.printer")


class Event(StrEnum):
    """All that is ever logged."""

    STATE = "printer.state"
    PORT_LOST = "printer.port_lost"
    SYNCED = "printer.synced"
    JOB_STARTED = "printer.job_started"
    JOB_ENDED = "printer.job_ended"
    STRIP_VOIDED = "printer.strip_voided"
    ROLL_CHANGED = "printer.roll_changed"
    SLIP_REFUSED = "printer.slip_refused"
    CALL_FAILED = "printer.call_failed"
    FAILED = "printer.failed"


def note(event: Event, **fields: str | float | None) -> None:
    """One line, e.g. ``printer.state state=blocked reason=paper``."""
    _log.info("%s", " ".join([event.value, *(f"{name}={value}" for name, value in fields.items())]))


def note_failure(event: Event, **fields: str | float | None) -> None:
    """The same as an error, with the traceback of the exception in hand."""
    _log.exception("%s", " ".join([event.value, *(f"{name}={value}" for name, value in fields.items())]))
