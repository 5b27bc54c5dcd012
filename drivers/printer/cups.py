"""A raw queue of CUPS: it takes a job's bytes and later says that its own part is done, which is not paper."""

from __future__ import annotations

import math
import re
import subprocess
import time
from typing import TYPE_CHECKING, Final

from drivers.printer.link import PortLost

if TYPE_CHECKING:
    from drivers.printer.link import Doorbell

_ANSWER_S: Final = 10.0
_PATH: Final = "/usr/bin:/bin"
_LOOK_EVERY_S: Final = 0.25
_JOB: Final = re.compile(r"request id is (?P<job>\S+-\d+)")
_SUCCESS: Final = "job-completed-successfully"


class CupsLink:
    """The queue ``name``. The bytes of a job are kept together and handed over at its end."""

    answers = False
    can_be_held = False
    bytes_per_s = math.inf

    def __init__(self, name: str, doorbell: Doorbell) -> None:
        """Asks CUPS for the queue. Raises: PortLost when there is none, it takes no jobs, or CUPS is not here."""
        self._name = name
        self._doorbell = doorbell
        self._job = bytearray()
        if not _say("lpstat", "-a", name).startswith(f"{name} accepting"):
            raise PortLost(f"the queue {name} takes no jobs")

    def send(self, data: bytes) -> None:
        """See Link."""
        self._job += data

    def send_urgently(self, data: bytes) -> None:
        """See Link: a queue knows no hurry, and a real-time command in it would act at any time."""

    def receive(self, timeout_s: float) -> bytes:
        """See Link: nothing, ever."""
        self._doorbell.wait(timeout_s)
        return b""

    def finish(self, timeout_s: float) -> bool:
        """See Link. True when the queue calls the job completed: its last program took all bytes, no more.

        CUPS lists what was cancelled or given up among the completed; only the long list tells them apart.
        """
        deadline = time.monotonic() + timeout_s
        job = _JOB.search(_say("lp", "-d", self._name, "-o", "raw", "--", "-", data=bytes(self._job)))
        self._job.clear()
        while job and time.monotonic() < deadline:
            if (alerts := _alerts(_say("lpstat", "-l", "-W", "completed", "-o", self._name), job["job"])) is not None:
                return _SUCCESS in alerts
            self._doorbell.wait(_LOOK_EVERY_S)
        return False

    def close(self) -> None:
        """See Link."""
        self._job.clear()


def _alerts(listed: str, job: str) -> list[str] | None:
    """What the long list says of a job, which has a line and then indented ones; None where it is not in it."""
    is_its_own = False
    alerts: list[str] | None = None
    for line in listed.splitlines():
        if line and not line[0].isspace():
            is_its_own = line.split()[0] == job
            alerts = [] if is_its_own else alerts
        elif is_its_own and line.startswith("\tAlerts:"):
            alerts = line.split()[1:]
    return alerts


def _say(*command: str, data: bytes = b"") -> str:
    """What one of CUPS' commands answers. Raises: PortLost when it fails, hangs or is not installed."""
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=_ANSWER_S, check=True, env={"LC_ALL": "C", "PATH": _PATH}
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:  # ValueError: a NUL in a queue's name
        raise PortLost(str(error)) from error
    return done.stdout.decode(errors="replace")
