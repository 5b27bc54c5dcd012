"""The line to the server is cut while turns are taken, in a network of its own where the system allows one."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address

import pytest

from tests.failures.proxy import Fault
from tests.failures.stage import Stage

NOBODYS = IPv4Address("198.18.0.0")  # and the 2^17 after it (RFC 2544)


class Network:
    """A network namespace whose only way out is a cable that can be pulled: packets vanish, nobody is told."""

    def __init__(self) -> None:
        self.name = f"kiosk{os.getpid()}"
        self._cable = f"kk{os.getpid()}"
        place = NOBODYS + os.getpid() % 2**15 * 4  # of its own, for another test may be running
        self.server, kiosk = str(place + 1), str(place + 2)
        orders = [
            f"ip netns add {self.name}",
            f"ip link add {self._cable} type veth peer name office netns {self.name}",
            f"ip address add {self.server}/30 dev {self._cable}",
            f"ip link set {self._cable} up",
            f"ip -n {self.name} address add {kiosk}/30 dev office",
            f"ip -n {self.name} link set office up",
        ]
        self.refused = next((order for order in orders if not _done(order)), None)

    def cut(self) -> None:
        assert _done(f"ip link set {self._cable} down")

    def mend(self) -> None:
        assert _done(f"ip link set {self._cable} up")

    def close(self) -> None:
        _done(f"ip link delete {self._cable}")
        _done(f"ip netns delete {self.name}")


def _done(order: str) -> bool:
    try:
        return subprocess.run(order.split(), capture_output=True, check=False).returncode == 0
    except FileNotFoundError:  # no `ip`
        return False


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


TIMES = [pytest.param(1, 0.5, id="once"), pytest.param(20, 12.0, id="20 times", marks=pytest.mark.long)]


@pytest.mark.parametrize(("times", "seconds"), TIMES)
def test_in_a_namespace(
    stage: Stage, network: Network, times: int, seconds: float, told: Callable[[str], None]
) -> None:
    if network.refused:
        pytest.skip(f"{network.refused!r} is refused here; the proxy stands in")
    stage.server.host = network.server
    stage.server.start()
    play(stage, times, seconds, cut=network.cut, mend=network.mend, network=network.name)
    conclude(stage, f"WAN cut n={times} in a network namespace", told)


@pytest.mark.parametrize(("times", "seconds"), TIMES)
def test_by_the_proxy(stage: Stage, times: int, seconds: float, told: Callable[[str], None]) -> None:
    line = stage.proxy()
    stage.server.start()

    def cut() -> None:
        line.fault = Fault.CUT

    def mend() -> None:
        line.fault = Fault.NONE

    play(stage, times, seconds, cut=cut, mend=mend, url=line.url)
    conclude(stage, f"WAN cut n={times} by the proxy", told)


def play(
    stage: Stage,
    times: int,
    seconds: float,
    *,
    cut: Callable[[], None],
    mend: Callable[[], None],
    url: str = "",
    network: str = "",
) -> None:
    kiosk = stage.kiosk(url=url)
    kiosk.start(network=network)
    for n in range(times):
        kiosk.issue(20, every_ms=10)
        kiosk.program.wait_for("turn", 40 * n + 10)
        cut()
        kiosk.issue(20, every_ms=5)
        kiosk.program.wait_for("done", kiosk.program.orders)  # visitors notice nothing
        time.sleep(seconds)  # it lasts
        before = stage.reckon()
        assert before.lost > 0
        assert before.doubled == before.gaps == before.quarantined == 0
        mend()
        kiosk.drain(patience_s=300)


def conclude(stage: Stage, what: str, told: Callable[[str], None]) -> None:
    reckoning = stage.reckon()
    told(f"{what}: {reckoning}")
    assert reckoning.is_whole
    assert reckoning.told == reckoning.stored
