"""What a kiosk without a network wrote to a stick: taken in once, whole, from those who may, and answered on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from domain.messages import ClockReading, to_json
from exchange.letters import Letter, PaperError, read_receipts
from exchange.wire import PATH
from server.carried import TakenIn, take_in
from server.compose import receiving
from tests.server.conftest import ELSEWHERE
from tests.server.process import order, settings_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from domain.messages import Event
    from tests.server.conftest import Site
    from tests.server.twin import KioskTwin


def letter(kiosk: KioskTwin, turn: int, events: list[Event], *, left: int = 0, **changes: Any) -> Letter:
    body = to_json(kiosk.request(events, backlog=left, pull=(), **changes))
    signed = kiosk.device.sign_request("POST", PATH, turn, body)
    return Letter(kiosk.device.public.hex(), turn, signed.signature.hex(), body.decode())


def written(path: Path, letters: Iterable[Letter]) -> Path:
    path.write_bytes(b"".join(to_json(one) + b"\n" for one in letters))
    return path


@pytest.fixture
def take(site: Site) -> Callable[[Path], TakenIn]:
    """Takes a file in beside the running server, as the command does."""

    def take(path: Path) -> TakenIn:
        with receiving(site.config, site.clock) as (ingest, keys, read):
            return take_in(path, ingest, keys, read)

    return take


def numbers(site: Site) -> list[int]:
    return [n for (n,) in site.rows("SELECT n FROM ticket ORDER BY n")]


def told(result: TakenIn) -> tuple[int, int, int]:
    return result.fresh, result.known, result.apart


def test_a_file_is_taken_in_once_however_often_it_comes(
    site: Site, take: Callable[[Path], TakenIn], tmp_path: Path
) -> None:
    kiosk = site.enrol()
    events = [kiosk.issue().event for _ in range(4)]
    file = written(tmp_path / "f", [letter(kiosk, 5, events[:3], left=1), letter(kiosk, 6, events[3:])])
    first = take(file)
    assert (told(first), first.missing, first.forked) == ((4, 0, 0), set(), set())
    assert told(take(file)) == (0, 4, 0)
    assert numbers(site) == [1, 2, 3, 4]
    (ack,) = first.receipts[-1].response.acks
    assert (ack.upto, first.receipts[-1].letter.turn, first.receipts[-1].letter.request.child) == (4, 6, "sala-1")
    assert all(receipt.is_signed_by(kiosk.enrolment.server_key) for receipt in first.receipts)
    kiosk.issue()
    assert kiosk.sync(site.client).acks[0].upto == 5, "and the network may come back in between"


def test_files_in_the_wrong_order_lose_nothing(site: Site, take: Callable[[Path], TakenIn], tmp_path: Path) -> None:
    kiosk = site.enrol()
    events = [kiosk.issue().event for _ in range(4)]
    early = written(tmp_path / "early", [letter(kiosk, 5, events[:2])])
    late = written(tmp_path / "late", [letter(kiosk, 9, events[2:])])
    whole = written(tmp_path / "whole", [letter(kiosk, 12, events)])
    found = take(late)
    assert (told(found), found.missing) == ((0, 0, 0), {kiosk.stream})
    assert found.receipts[0].response.acks[0].upto == 0, "by which the kiosk knows to export from there again"
    assert [told(take(file)) for file in (early, late, whole)] == [(2, 0, 0), (2, 0, 0), (0, 4, 0)]
    assert numbers(site) == [1, 2, 3, 4]


def test_what_was_carried_is_no_contact_and_keeps_its_time(
    site: Site, take: Callable[[Path], TakenIn], tmp_path: Path
) -> None:
    """Hours lie between writing and reading; that is not the clock's error."""
    kiosk = site.enrol()
    kiosk.sync(site.client, clock=ClockReading(site.clock.now() - 600_000_000, 0.0))  # type: ignore[arg-type] - ten minutes slow
    before = site.rows("SELECT * FROM kiosk_contact")
    event = kiosk.issue().event
    file = written(tmp_path / "f", [letter(kiosk, 5, [event])])
    site.clock.pass_s(3 * 3600)
    assert told(take(file)) == (1, 0, 0)
    [(issued_at,)] = site.rows("SELECT issued_at FROM ticket")
    assert abs(issued_at - event.at - 600_000_000) < 1_000
    assert site.rows("SELECT * FROM kiosk_contact") == before


def test_an_event_that_cannot_be_used_stands_apart_and_holds_up_no_other(
    site: Site, take: Callable[[Path], TakenIn], tmp_path: Path
) -> None:
    kiosk = site.enrol()
    events = [kiosk.issue().event, kiosk.issue(series="Z").event, kiosk.issue().event]
    assert told(take(written(tmp_path / "f", [letter(kiosk, 5, events)]))) == (3, 0, 1)
    assert numbers(site) == [1, 3]


def test_the_last_export_of_a_machine_that_was_enrolled_again_is_taken(
    site: Site, take: Callable[[Path], TakenIn], tmp_path: Path
) -> None:
    kiosk = site.enrol()
    file = written(tmp_path / "f", [letter(kiosk, 5, [kiosk.issue().event])])
    again = site.enrol(replace=True)
    assert again.enrolment.series == "B"
    assert told(take(file)) == (1, 0, 0)
    assert site.rows("SELECT series, n FROM ticket") == [("A", 1)]


def test_a_file_that_is_not_good_is_refused_whole(site: Site, take: Callable[[Path], TakenIn], tmp_path: Path) -> None:
    kiosk, other = site.enrol(), site.enrol("sala-2")
    events = [kiosk.issue().event for _ in range(3)]
    good = [letter(kiosk, 5, events[:2], left=1), letter(kiosk, 6, events[2:])]
    raw = written(tmp_path / "good", good).read_bytes()
    lines = raw.splitlines(keepends=True)
    push = kiosk.request(events[:1]).streams[0]
    foreign = letter(kiosk, 7, [], streams=(msgspec.structs.replace(push, stream=other.stream),))
    mixed = msgspec.structs.replace(good[1], body=letter(other, 9, [other.issue().event]).body)
    forged = letter(kiosk, 7, events)
    forged = msgspec.structs.replace(forged, device=other.device.public.hex())
    bad = {
        b"": "incompleto",
        raw[:-40]: "incompleto",
        lines[0]: "le faltan 1 eventos del final",
        lines[1] + lines[0]: "otro orden",
        lines[0] + lines[0] + lines[1]: "otro orden",
        raw.replace(b'"turn"', b'"turm"'): "dañado",
        to_json(letter(kiosk, 7, events, proto=9)) + b"\n": "otra versión",
        to_json(letter(kiosk, 7, events, child_epoch=0)) + b"\n": "dañado",
        raw.replace(b'\\"n\\":2', b'\\"n\\":9'): "no lleva la firma",
        raw.replace(b'"turn":5', b'"turn":4'): "no lleva la firma",
        to_json(forged) + b"\n": "no lleva la firma",
        raw.replace(b'\\"child\\":\\"sala-1', b'\\"child\\":\\"sala-3'): "no es un equipo de este servidor",
        raw.replace(b'\\"child\\":\\"sala-1', b'\\"child\\":\\"sala-2'): "no lleva la firma",
        to_json(foreign) + b"\n": "de otro equipo",
        to_json(good[0]) + b"\n" + to_json(mixed) + b"\n": "mezcla equipos",
        b'{"device":"","turn":1,"signature":"","body":"[]"}\n': "dañado",
        b"\xff\xfe" * 100 + b"\n": "dañado",
        b"Querida abuela\n": "no es una exportación de kiosco",
    }
    for content, words in bad.items():
        (tmp_path / "bad").write_bytes(content)
        with pytest.raises(PaperError) as refused:
            take(tmp_path / "bad")
        assert words in str(refused.value), content
    assert site.rows("SELECT count(*) FROM event WHERE origin LIKE 'sala%'") == [(0,)]
    assert told(take(tmp_path / "good")) == (3, 0, 0)


def test_a_machine_of_elsewhere_or_revoked_is_refused(
    site: Site, take: Callable[[Path], TakenIn], tmp_path: Path
) -> None:
    kiosk = site.enrol("sala-7", office=ELSEWHERE)
    file = written(tmp_path / "f", [letter(kiosk, 5, [kiosk.issue(office="lima").event])])
    assert told(take(file)) == (1, 0, 1), "in another office's name: kept, and not used"
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("UPDATE kiosk SET revoked_at = 1")
    with pytest.raises(PaperError, match="fue anulada"):
        take(file)
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("DELETE FROM kiosk")
    with pytest.raises(PaperError, match="no es un equipo de este servidor"):
        take(file)


def test_the_command_writes_the_receipt_beside_the_file(site: Site, tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    text = settings_text(
        site.config.office,
        folder=site.config.data_dir,
        database_url=site.config.database_url,
        public_url="http://127.0.0.1",
    )
    config.write_text(text, "utf-8")
    kiosk = site.enrol()
    file = written(tmp_path / "sala-1.export", [letter(kiosk, 5, [kiosk.issue().event])])
    for fresh, known in ((1, 0), (0, 1)):
        done = order(config, "import", str(file))
        assert done.status == 0, done.err
        assert f"sala-1: {fresh} eventos nuevos, {known} que ya estaban, 0 en cuarentena." in done.out
    (receipt,) = read_receipts(tmp_path / "sala-1.export.receipt")
    assert receipt.response.acks[0].upto == 1
    assert receipt.response.parent.startswith("node-")
    done = order(config, "import", str(tmp_path / "none"))
    assert (done.status, "none" in done.err) == (1, True)
