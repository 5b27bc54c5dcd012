"""One line of text, and the printer that it stands for: also when its adapter comes back under another name."""

from __future__ import annotations

import os
import socket
import tty
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from drivers.printer import ports
from drivers.printer.link import Doorbell, PortLost, SerialLink
from drivers.printer.network import NetworkLink
from drivers.printer.ports import Port, address_of, is_port
from drivers.printer.words import FlowControl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drivers.printer.link import Link


def adapter(
    device: str, vid: int | None, pid: int | None, *, serial: str | None = None, location: str | None = None
) -> ListPortInfo:
    """A serial port as pyserial lists it."""
    port = ListPortInfo(device, skip_link_detection=True)
    port.vid, port.pid, port.serial_number, port.location = vid, pid, serial, location
    return port


@pytest.fixture
def doorbell() -> Iterator[Doorbell]:
    doorbell = Doorbell()
    yield doorbell
    doorbell.close()


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes these the only serial ports of the machine."""

    def plug(*there: ListPortInfo) -> None:
        monkeypatch.setattr(list_ports, "comports", lambda: list(there))

    return plug


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What would have been opened, in order: nothing is."""
    calls: list[tuple[Any, ...]] = []

    def fake(name: str) -> Callable[..., None]:
        return lambda *parts: calls.append((name, *(part for part in parts if not isinstance(part, Doorbell))))

    for name in ("SerialLink", "DeviceLink", "NetworkLink", "CupsLink", "FileLink"):
        monkeypatch.setattr(ports, name, fake(name))
    return calls


# --- the forms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("/dev/kiosk-printer", ("SerialLink", "/dev/kiosk-printer", 19200, FlowControl.RTS_CTS)),
        ("/dev/serial/by-path/pci-0:2", ("SerialLink", "/dev/serial/by-path/pci-0:2", 19200, FlowControl.RTS_CTS)),
        ("usb-serial:0403:6001", ("SerialLink", "/dev/ttyUSB3", 19200, FlowControl.RTS_CTS)),
        ("/dev/usb/lp0", ("DeviceLink", "/dev/usb/lp0")),
        ("tcp://10.1.2.3:9101", ("NetworkLink", "10.1.2.3", 9101)),
        ("tcp://10.1.2.3", ("NetworkLink", "10.1.2.3", 9100)),
        ("tcp://[fe80::1]:9100", ("NetworkLink", "fe80::1", 9100)),
        ("tcp://impresora.local", ("NetworkLink", "impresora.local", 9100)),
        ("cups:ticket", ("CupsLink", "ticket")),
        ("file:/srv/a:b", ("FileLink", "/srv/a:b")),
    ],
)
def test_each_form_opens_its_own_kind_of_line(
    opened: list[tuple[Any, ...]],
    plug: Callable[..., None],
    doorbell: Doorbell,
    address: str,
    link: tuple[Any, ...],
) -> None:
    plug(adapter("/dev/ttyUSB3", 0x0403, 0x6001))
    assert is_port(address)
    Port(address, 19200, FlowControl.RTS_CTS).open(doorbell)
    assert opened == [link]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ttyUSB0",
        "COM3",
        "tcp:",
        "tcp://",
        "tcp://:9100",
        "tcp://host:0",
        "tcp://host:99999",
        "tcp://host:puerto",
        "tcp://[::1",
        "cups:",
        "file:",
        "usb-serial:",
        "usb-serial:403:6001",
        "usb-serial:0403:6001:",
        "usb-serial:0403:6001@",
        "usb-serial:0403:600g",
        "bluetooth:1",
    ],
)
def test_anything_else_is_no_port_and_never_more_than_lost(
    opened: list[tuple[Any, ...]], doorbell: Doorbell, address: str
) -> None:
    assert not is_port(address)
    with pytest.raises(PortLost):
        Port(address).open(doorbell)
    assert opened == []


@given(st.text() | st.text(alphabet="/:@[]acdefilpstu-0139%\0", max_size=30).map("tcp://".__add__))
def test_whatever_stands_there_it_is_a_port_or_not(address: str) -> None:
    if is_port(address) and address.startswith("tcp:"):
        assert ports.urlsplit(address).hostname


def test_a_serial_port_and_a_network_printer_are_really_opened(doorbell: Doorbell) -> None:
    ours, hosts = os.openpty()
    tty.setraw(hosts)
    with socket.create_server(("127.0.0.1", 0)) as server:
        links: list[Link] = [
            Port(os.ttyname(hosts)).open(doorbell),
            Port(f"tcp://127.0.0.1:{server.getsockname()[1]}").open(doorbell),
        ]
        assert [type(link) for link in links] == [SerialLink, NetworkLink]
        assert links[0].bytes_per_s == 960
        for link in links:
            link.close()
    os.close(ours)
    os.close(hosts)


# --- which adapter ----------------------------------------------------------------------------------------------


def test_without_its_adapter_it_is_lost(plug: Callable[..., None], doorbell: Doorbell) -> None:
    plug(adapter("/dev/ttyS0", None, None), adapter("/dev/ttyUSB0", 0x1A86, 0x7523))
    with pytest.raises(PortLost, match="0 adapters"):
        Port("usb-serial:0403:6001").open(doorbell)


def test_of_two_alike_none_is_taken_by_chance(
    plug: Callable[..., None], opened: list[tuple[Any, ...]], doorbell: Doorbell
) -> None:
    plug(
        adapter("/dev/ttyUSB0", 0x1A86, 0x7523, location="1-4.1"),
        adapter("/dev/ttyUSB1", 0x1A86, 0x7523, location="1-4.2"),
    )
    with pytest.raises(PortLost, match="2 adapters"):
        Port("usb-serial:1a86:7523").open(doorbell)
    Port("usb-serial:1A86:7523@1-4.2").open(doorbell)
    assert opened[0][1] == "/dev/ttyUSB1"


def test_of_two_alike_the_serial_number_tells(
    plug: Callable[..., None], opened: list[tuple[Any, ...]], doorbell: Doorbell
) -> None:
    plug(
        adapter("/dev/ttyUSB0", 0x0403, 0x6001, serial="A9XYZ", location="1-1"),
        adapter("/dev/ttyUSB1", 0x0403, 0x6001, serial="A9XYA", location="1-2"),
    )
    Port("usb-serial:0403:6001:A9XYA").open(doorbell)
    Port("usb-serial:0403:6001:A9XYZ@1-1").open(doorbell)
    assert [call[1] for call in opened] == ["/dev/ttyUSB1", "/dev/ttyUSB0"]
    with pytest.raises(PortLost):
        Port("usb-serial:0403:6001:A9XYZ@1-2").open(doorbell)


def test_replugged_it_is_found_under_its_new_name(
    plug: Callable[..., None], opened: list[tuple[Any, ...]], doorbell: Doorbell
) -> None:
    port = Port("usb-serial:0403:6001:A9XYZ")
    plug(adapter("/dev/ttyUSB0", 0x0403, 0x6001, serial="A9XYZ"))
    port.open(doorbell)
    plug()
    with pytest.raises(PortLost):
        port.open(doorbell)
    plug(adapter("/dev/ttyUSB1", 0x0403, 0x6001, serial="A9XYZ"))
    port.open(doorbell)
    assert [call[1] for call in opened] == ["/dev/ttyUSB0", "/dev/ttyUSB1"]


def test_a_port_that_is_no_adapter_is_known_by_its_name() -> None:
    assert address_of(adapter("/dev/ttyS0", None, None)) == "/dev/ttyS0"


identities = st.integers(min_value=0, max_value=0xFFFF)
names = st.none() | st.text(st.characters(exclude_categories=("C",)), max_size=12) | st.sampled_from(["0", "A@1-2"])
adapters = st.builds(
    adapter,
    st.integers(min_value=0, max_value=9).map("/dev/ttyUSB{}".format),
    identities,
    identities,
    serial=names,
    location=st.none() | st.sampled_from(["1-1", "1-4.2", "3-1.4:1.0"]),
)


@given(adapters, adapters)
def test_what_is_written_down_is_found_again(mine: ListPortInfo, other: ListPortInfo) -> None:
    address = address_of(mine)
    assert is_port(address)
    with pytest.MonkeyPatch.context() as only:
        only.setattr(list_ports, "comports", lambda: [mine])
        assert Port(address)._device() == mine.device
        if (mine.vid, mine.pid) != (other.vid, other.pid):
            only.setattr(list_ports, "comports", lambda: [other, mine])
            assert Port(address)._device() == mine.device


def test_a_file_is_written_where_its_path_says(tmp_path: Path, doorbell: Doorbell) -> None:
    link = Port(f"file:{tmp_path}/bytes").open(doorbell)
    link.send(b"x")
    link.close()
    assert (tmp_path / "bytes").read_bytes() == b"x"
