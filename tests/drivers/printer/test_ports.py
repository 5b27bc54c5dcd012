"""Where a printer is: every form of address, and an adapter that comes back under another name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from drivers.printer import ports
from drivers.printer.link import Doorbell, PortLost, SerialLink
from drivers.printer.ports import Port, address_of, is_port
from drivers.printer.virtual.pty import Pty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Adapter:
    """What pyserial tells of a port."""

    device: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    location: str | None = None


@pytest.fixture
def doorbell() -> Iterator[Doorbell]:
    doorbell = Doorbell()
    yield doorbell
    doorbell.close()


def plug(monkeypatch: pytest.MonkeyPatch, *adapters: Adapter) -> None:
    monkeypatch.setattr(ports.list_ports, "comports", lambda: list(adapters))


@pytest.mark.parametrize(
    "address",
    [
        "/dev/kiosk-printer",
        "/dev/usb/lp0",
        "usb-serial:0403:6001",
        "usb-serial:0403:6001:A9XYZ",
        "usb-serial:1a86:7523@1-4.2",
        "tcp://10.1.2.3",
        "tcp://10.1.2.3:9100",
        "cups:tickets",
        "file:/tmp/x",
    ],
)
def test_every_form_is_a_port(address: str) -> None:
    assert is_port(address)


@pytest.mark.parametrize(
    "address",
    ["", "ttyUSB0", "COM3", "tcp://", "tcp://a:b", "cups:", "file:", "usb-serial:", "usb-serial:12:34", "http://x"],
)
def test_what_is_none_is_none(address: str) -> None:
    assert not is_port(address)


def test_an_adapter_is_found_whatever_name_it_has_today(
    tmp_path: Path, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = Port("usb-serial:0403:6001:A9XYZ", 115200)
    plug(monkeypatch)
    with pytest.raises(PortLost, match="0 adapters"):
        port.open(doorbell)
    for name in ("ttyUSB0", "ttyUSB1"):
        line = Pty(tmp_path / name)
        plug(
            monkeypatch,
            Adapter("/dev/ttyS0"),
            Adapter("/dev/other", 0x0403, 0x6001, "B1"),
            Adapter(str(tmp_path / name), 0x0403, 0x6001, "A9XYZ"),
        )
        link = port.open(doorbell)
        assert isinstance(link, SerialLink)
        link.send(b"x")
        assert line.read(10) == b"x"
        link.close()
        line.unplug()


def test_two_alike_are_told_apart_by_their_sockets_or_not_at_all(
    tmp_path: Path, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Pty(tmp_path / "right")
    plug(
        monkeypatch,
        Adapter("/dev/no-such", 0x1A86, 0x7523, None, "1-4.1"),
        Adapter(str(tmp_path / "right"), 0x1A86, 0x7523, None, "1-4.2"),
    )
    with pytest.raises(PortLost, match="2 adapters"):
        Port("usb-serial:1a86:7523").open(doorbell)
    Port("usb-serial:1A86:7523@1-4.2").open(doorbell).close()
    line.unplug()


@pytest.mark.parametrize(
    "adapter",
    [
        Adapter("/dev/x", 0x0403, 0x6001, "A9XYZ", "1-2"),
        Adapter("/dev/x", 0x1A86, 0x7523, None, "1-4.2"),
        Adapter("/dev/x", 0x1A86, 0x7523),
    ],
)
def test_what_is_written_down_is_found_again(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, Adapter("/dev/y", 0x067B, 0x2303, "Z", "9-9"), adapter)
    assert is_port(address_of(adapter))
    assert Port(address_of(adapter))._device() == "/dev/x"


def test_a_port_that_is_no_usb_adapter_keeps_its_name() -> None:
    assert address_of(Adapter("/dev/ttyS0")) == "/dev/ttyS0"
