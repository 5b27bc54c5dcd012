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


class CupsLink:
    """The queue ``name``. The bytes of a job are kept together and handed over at its end."""

    answers = False
    bytes_per_s = math.inf

    def __init__(self, name: str, doorbell: Doorbell) -> None:
        """Asks CUPS for the queue. Raises: PortLost when there is none, it takes no jobs, or CUPS is not here."""
        self._name = name
        self._doorbell = doorbell
        self._job = bytearray()
        if f"{name} accepting" not in _say("lpstat", "-a", name):
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
        """See Link. True when the queue calls the job completed: its last program took all bytes, no more."""
        deadline = time.monotonic() + timeout_s
        job = _JOB.search(_say("lp", "-d", self._name, "-o", "raw", "--", "-", data=bytes(self._job)))
        self._job.clear()
        while job and time.monotonic() < deadline:
            if job["job"] in _say("lpstat", "-W", "completed", "-o", self._name).split():
                return True
            self._doorbell.wait(_LOOK_EVERY_S)
        return False

    def close(self) -> None:
        """See Link."""
        self._job.clear()


def _say(*command: str, data: bytes = b"") -> str:
    """What one of CUPS' commands answers. Raises: PortLost when it fails, hangs or is not installed."""
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=_ANSWER_S, check=True, env={"LC_ALL": "C", "PATH": _PATH}
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise PortLost(str(error)) from error
    return done.stdout.decode(errors="replace")
