"""Our bytes printed, and our questions answered, by an emulator that others wrote (see emulator.py)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import zxingcpp

from drivers.printer import commands
from drivers.printer.delivery import Delivery
from drivers.printer.dialogue import Dialogue, Patience
from drivers.printer.encode import encode
from drivers.printer.profile import EPSON_80, PLAIN_80, Profile
from drivers.printer.status import AutoStatus, Condition, Decoder, PaperSensor, RealTime, read_answers, read_auto_status
from drivers.printer.virtual.device import Device
from drivers.printer.words import Cut, Logo, LogoMemory, Outcome, Qr, Reason, Result, Slip, Text, Tier
from tests.drivers.printer.emulator import HEAD_DOTS, Emulator, Print, from_twin
from tests.reference import reference_slip

if TYPE_CHECKING:
    from drivers.printer.virtual.paper import Ticket

LACKS = {
    "ESC R 0": "1b 52 00",
    "FS p 1 0": "1c 70 01 00",
    "GS ( H before the cut": "1d 28 48 06 00 30 30 2b 30 30 31",
    "GS ( H": "1d 28 48 06 00 30 30 4b 30 30 31",
    "DLE DC4 8": "10 14 08 01 03 14 01 06 02 08",
}
"""The commands of ours that it does not simulate; it takes each for one command and reports it."""

TOLERANCE_DOTS = 8
"""A millimetre, one dot of the largest letters: the two draw other letters into the same cells."""

LIKE_IT = replace(EPSON_80, tier=Tier.SENSOR, clears=False)
READY = Condition()
FAULTS = {
    "paper-near-end": Condition(near_end=True),
    "paper-out": Condition(paper_end=True, near_end=True, other=True),
    "cover-open": Condition(cover_open=True, other=True),
    "offline": Condition(other=True),
}


@pytest.fixture
def emulator() -> Emulator:
    return Emulator()


def printed(emulator: Emulator, slip: Slip, profile: Profile | None = None) -> Print:
    """The one ticket that ``slip`` makes there."""
    emulator.send(encode(slip, "K001", profile or Profile()).data)
    (found,) = emulator.prints
    return found


def on_the_twin(slip: Slip) -> Print:
    """The same from our virtual printer."""
    dropped: list[Ticket] = []
    device = Device(lambda _: None, dropped.append)
    device.receive(encode(slip, "K001").data)
    device.advance(0.0)
    (ticket,) = dropped
    return from_twin(ticket)


def a_slip_of_letters() -> Slip:
    """Every letter of Spanish, Quechua and Aymara, and lines that just fit."""
    return Slip(
        (
            Text("ÁÉÍÓÚÜÑ áéíóúüñ ¿? ¡! ªº «» ·"),
            Text("Ñawpaq mañakuy, sut’iyki, p’unchay, ch'aqway"),  # noqa: RUF001 - as Quechua keyboards have it
            Text("Jach’a markanïña, sarxañäni, mayïñ, ÄÏÜ äïü"),  # noqa: RUF001
            Text("x" * 96),
            Text("Ñ" * 24, size=2),
            Text("x" * 16, size=3),
            Cut(),
        )
    )


# --- what is printed --------------------------------------------------------------------------------------------


def test_it_reads_the_same_lines_from_a_ticket(emulator: Emulator, slip: Slip) -> None:
    ticket = printed(emulator, slip)
    assert ticket.lines == (
        "INSTITUTO NACIONAL DE SALUD",
        "Mesa de Partes, Sede Central",
        "A-047",
        "Presentación de",
        "documentos",
        "Fecha: 23/11/2026      Hora: 10:42",
        "Documento: DNI *****678      Folios: 12",
        "Siga su trámite: A-047-K7QM",
        "Este ticket no es cargo de recepción. Lunes a",
        "viernes, 8:30 a 16:30.",
    )
    assert ticket.lines == on_the_twin(slip).lines


def test_it_reads_the_same_lines_from_the_kiosks_own_ticket(emulator: Emulator) -> None:
    ticket = printed(emulator, reference_slip())
    assert ticket.lines == (
        "Instituto Nacional de Salud",
        "Mesa de Partes - Sede Central",
        "A-017",
        "Presentar documentos",
        "23/11/2026 10:42  DNI ····5678  12 folios",
        "Espere la llamada de su número en la pantalla",
        "Siga su turno con el celular: A-017-K7QM",
        "Este ticket no es cargo de recepción",
        "Atención: lunes a viernes, 08:00 a 16:15",
    )
    assert ticket.blocks == tuple(
        ("qr", element.data) for element in reference_slip().elements if isinstance(element, Qr)
    )
    assert ticket.lines == on_the_twin(reference_slip()).lines


def test_it_reads_every_letter_of_our_languages_and_breaks_no_line(emulator: Emulator) -> None:
    ticket = printed(emulator, a_slip_of_letters())
    assert ticket.lines == (
        "ÁÉÍÓÚÜÑ áéíóúüñ ¿? ¡! ªº «» ·",
        "Ñawpaq mañakuy, sut'iyki, p'unchay, ch'aqway",
        "Jach'a markanïña, sarxañäni, mayïñ, ÄÏÜ äïü",
        "x" * 48,
        "x" * 48,
        "Ñ" * 24,
        "x" * 16,
    )
    assert ticket.lines == on_the_twin(a_slip_of_letters()).lines


def test_it_knows_all_our_commands_but_these(emulator: Emulator, slip: Slip) -> None:
    printed(emulator, slip)
    assert emulator.complaints == [LACKS["ESC R 0"], LACKS["GS ( H before the cut"], LACKS["GS ( H"]]


def test_a_logo_is_one_command_more(emulator: Emulator) -> None:
    printed(emulator, Slip((Logo(), Text("x"), Cut())), Profile(logo=LogoMemory.NV))
    mine = [LACKS["ESC R 0"], LACKS["FS p 1 0"], LACKS["GS ( H before the cut"], LACKS["GS ( H"]]
    assert emulator.complaints == mine


@pytest.fixture(params=["every element", "the kiosk's own", "letters"])
def any_slip(request: pytest.FixtureRequest, slip: Slip) -> Slip:
    """Whatever both printers should draw alike; a new kind of element belongs in here."""
    slips = {"every element": slip, "the kiosk's own": reference_slip(), "letters": a_slip_of_letters()}
    return slips[request.param]


def test_the_qr_in_either_picture_is_what_we_meant(emulator: Emulator, any_slip: Slip) -> None:
    meant = [element.data for element in any_slip.elements if isinstance(element, Qr)]
    for ticket in (printed(emulator, any_slip), on_the_twin(any_slip)):
        assert ticket.blocks == tuple(("qr", payload) for payload in meant)
        codes = zxingcpp.read_barcodes(ticket.picture)
        assert [(code.text, code.ec_level) for code in codes] == [(payload, "M") for payload in meant]


def test_both_draw_it_at_the_same_places(emulator: Emulator, any_slip: Slip) -> None:
    theirs, ours = printed(emulator, any_slip), on_the_twin(any_slip)
    assert ours.ink.height == pytest.approx(theirs.ink.height, abs=TOLERANCE_DOTS)
    assert len(ours.bands) == len(theirs.bands)
    for our, their in zip(ours.bands, theirs.bands, strict=True):
        assert our == pytest.approx(their, abs=TOLERANCE_DOTS)


def test_all_of_the_kiosks_own_ticket_stands_in_the_middle(emulator: Emulator) -> None:
    for left, _, right, _ in printed(emulator, reference_slip()).bands:
        assert (left + right) / 2 == pytest.approx(HEAD_DOTS / 2, abs=TOLERANCE_DOTS)


# --- what is answered -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "condition"), [(None, READY), *FAULTS.items()])
def test_its_answers_to_dle_eot_say_what_is_wrong(emulator: Emulator, fault: str | None, condition: Condition) -> None:
    if fault:
        emulator.fail(fault)
    for question in (1, 2, 3, 4):
        emulator.send(commands.ask_status(question))
    replies = Decoder().feed(emulator.receive(0))
    assert [type(reply) for reply in replies] == [RealTime] * 4
    assert read_answers(*[reply.value for reply in replies if isinstance(reply, RealTime)]) == condition


def test_its_automatic_status_tells_each_change(emulator: Emulator) -> None:
    decoder, told = Decoder(), []

    def hear() -> None:
        replies = [reply for byte in emulator.receive(0) for reply in decoder.feed(bytes([byte]))]
        assert all(isinstance(reply, AutoStatus) for reply in replies)
        told.extend(read_auto_status(reply) for reply in replies)

    emulator.send(commands.RESET + commands.AUTO_STATUS)
    hear()
    for fault in FAULTS:
        emulator.fail(fault)
        hear()
        emulator.repair(fault)
        hear()
    assert told == [READY, *(condition for after in FAULTS.values() for condition in (after, READY))]


def test_two_faults_are_told_apart_as_they_come_and_go(emulator: Emulator) -> None:
    emulator.send(commands.AUTO_STATUS)
    for act, fault in (
        (emulator.fail, "paper-near-end"),
        (emulator.fail, "cover-open"),
        (emulator.fail, "paper-out"),
        (emulator.repair, "cover-open"),
        (emulator.repair, "paper-out"),
    ):
        act(fault)
    replies = Decoder().feed(emulator.receive(0))
    assert [read_auto_status(reply).reason for reply in replies if isinstance(reply, AutoStatus)] == [
        None,
        None,
        Reason.COVER,
        Reason.COVER,
        Reason.PAPER,
        None,
    ]


def test_a_reset_ends_the_automatic_status(emulator: Emulator) -> None:
    emulator.send(commands.AUTO_STATUS + commands.RESET)
    emulator.receive(0)
    emulator.fail("paper-out")
    assert emulator.receive(0) == b""


def test_its_answer_to_gs_r_waits_for_its_turn(emulator: Emulator) -> None:
    decoder = Decoder()
    emulator.send(b"\x1dr\x01")
    assert decoder.feed(emulator.receive(0)) == [PaperSensor(0x00)]
    emulator.fail("paper-near-end")
    emulator.send(b"\x1dr\x01")
    assert decoder.feed(emulator.receive(0)) == [PaperSensor(0x03)]
    emulator.fail("paper-out")
    emulator.send(b"\x1dr\x01")
    assert decoder.feed(emulator.receive(0)) == []
    emulator.repair("paper-out")
    assert decoder.feed(emulator.receive(0)) == [PaperSensor(0x03)]


# --- the driver's own words with it -----------------------------------------------------------------------------


@pytest.fixture
def dialogue(emulator: Emulator) -> Dialogue:
    return Dialogue(emulator, Patience(), lambda: emulator.now, lambda: False, LIKE_IT)


def deliver(emulator: Emulator, dialogue: Dialogue, slip: Slip) -> Outcome:
    """As to every printer whose paper sensor acknowledges."""
    encoded = encode(slip, "K001", LIKE_IT)
    return Delivery(encoded, "K001", dialogue, Patience(), lambda: emulator.now, LIKE_IT.tier).run()


@pytest.mark.parametrize(("fault", "condition"), [(None, READY), *FAULTS.items()])
def test_a_look_sees_its_condition(
    emulator: Emulator, dialogue: Dialogue, fault: str | None, condition: Condition
) -> None:
    if fault:
        emulator.fail(fault)
    assert dialogue.look()
    assert dialogue.condition == condition


def test_it_tells_who_it_is(dialogue: Dialogue) -> None:
    assert dialogue.identify(commands.INFO_MAKER) == "EPSON"
    assert dialogue.identify(commands.INFO_MODEL) == "TM-T20III"


def test_a_ticket_delivered_to_it_is_confirmed(emulator: Emulator, dialogue: Dialogue, slip: Slip) -> None:
    assert not dialogue.synchronise(interrupted=False)
    assert dialogue.look()
    assert deliver(emulator, dialogue, slip) == Outcome(Result.CONFIRMED)
    assert emulator.prints[0].lines[2] == "A-047"
    assert emulator.complaints == [LACKS["ESC R 0"], LACKS["ESC R 0"]]


def test_to_say_less_than_it_can_is_probable(emulator: Emulator, slip: Slip) -> None:
    dialogue = Dialogue(emulator, Patience(), lambda: emulator.now, lambda: False, PLAIN_80)
    encoded = encode(slip, "K001", replace(PLAIN_80, native_qr=True))
    outcome = Delivery(encoded, "K001", dialogue, Patience(), lambda: emulator.now, PLAIN_80.tier).run()
    assert outcome == Outcome(Result.PROBABLE)


def test_paper_that_ends_midway_leaves_doubt_for_it_cannot_forget(slip: Slip) -> None:
    class EndsMidway(Emulator):
        def send(self, data: bytes) -> None:
            if b"documentos" in data:
                self.fail("paper-out")
            super().send(data)

    emulator = EndsMidway()
    dialogue = Dialogue(emulator, Patience(), lambda: emulator.now, lambda: False, LIKE_IT)
    assert deliver(emulator, dialogue, slip) == Outcome(Result.UNCERTAIN, Reason.PAPER)
    assert emulator.prints == []
    emulator.repair("paper-out")
    emulator.close()
    assert "documentos" in emulator.prints[0].lines
