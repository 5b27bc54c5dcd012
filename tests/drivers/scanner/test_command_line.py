"""``decode``: one line of JSON a file, exactly as others parse it, and nothing of what a code says but its number."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from domain.tracking import tracking_url
from drivers.scanner import __main__ as command_line
from drivers.scanner.files import REPEATS
from drivers.scanner.virtual import camera
from drivers.scanner.virtual.card import Code
from drivers.scanner.virtual.people import JOSE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from domain.tracking import Token

    CardFolder = Callable[..., Path]

KEYS = ["file", "symbols", "accepted", "cpu_ms"]


def run(*arguments: object) -> int:
    return command_line.main(["decode", *map(str, arguments)])


# --- faults -----------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_said_and_the_others_are_read(
    tmp_path: Path, card_folder: CardFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    good = card_folder() / "0.jpg"
    assert run(tmp_path / "no.png", good) == 2
    told = capsys.readouterr()
    assert told.err == f"{tmp_path / 'no.png'}: no se puede abrir (No such file or directory)\n"
    assert [json.loads(line)["file"] for line in told.out.splitlines()] == [str(good)]


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n and no more"])
@pytest.mark.parametrize("session", [(), ("--session",)])
def test_what_is_no_picture_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, session: tuple[str, ...]
) -> None:
    wrong = tmp_path / "wrong.png"
    wrong.write_bytes(content)
    assert run(*session, wrong) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"{wrong}: no es una imagen\n")


def test_a_picture_without_a_document_accepts_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.png"
    cv2.imwrite(str(empty), np.full((300, 400, 3), 128, np.uint8))
    assert run(empty) == 0
    line = json.loads(capsys.readouterr().out)
    assert (line["symbols"], line["accepted"]) == ([], None)


# --- the lines --------------------------------------------------------------------------------------------------


def test_a_card_in_one_picture_is_read_by_showing_it_again(
    card_folder: CardFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = card_folder(number=JOSE.number) / "0.jpg"
    assert run(picture) == 0
    told = capsys.readouterr().out
    line = json.loads(told)
    assert list(line) == KEYS
    assert line["file"] == str(picture)
    assert line["accepted"] in [{"kind": "dni", "number": JOSE.number, "rule": rule} for rule in ("R3", "R4")]
    assert {"format": "Code39", "length": 8} in line["symbols"]
    assert {"format": "PDF417", "length": 472} in line["symbols"]
    assert isinstance(line["cpu_ms"], float)
    assert not any(secret in told for secret in (JOSE.register, "QUI", "JOSE"))


def test_a_ticket_gives_its_token(
    tmp_path: Path, token: Token, ticket_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "ticket.png"
    cv2.imwrite(str(picture), camera.showing_ticket(ticket_url).frame(60))
    run(picture)
    line = json.loads(capsys.readouterr().out)
    assert line["accepted"] == {"kind": "ticket", "number": token.text, "rule": "ticket"}
    assert line["symbols"] == [{"format": "QRCode", "length": len(tracking_url("http://127.0.0.1:8080", token))}]


def test_a_session_is_one_presentation_and_counts_its_frames(
    tmp_path: Path, card_folder: CardFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.png"
    cv2.imwrite(str(empty), np.full((1080, 1920, 3), 90, np.uint8))
    folder = card_folder(codes=frozenset({Code.CODE39}))
    files = [empty, folder / "0.jpg", folder / "1.jpg", folder / "2.jpg"]
    assert run("--session", *files) == 0
    line = json.loads(capsys.readouterr().out)
    assert list(line) == [*KEYS, "frames"]
    assert (line["frames"], line["file"]) == (3, str(files[2]))
    assert line["accepted"]["rule"] == "R3"


def test_a_session_of_one_picture_does_not_show_it_again(
    card_folder: CardFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    run("--session", card_folder(codes=frozenset({Code.CODE39})) / "0.jpg")
    line = json.loads(capsys.readouterr().out)
    assert (line["frames"], line["accepted"]) == (1, None)


def test_two_documents_in_one_session_are_not_mixed(
    card_folder: CardFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    code = frozenset({Code.CODE39})
    run("--session", card_folder(codes=code) / "0.jpg", card_folder(codes=code, number=JOSE.number) / "0.jpg")
    line = json.loads(capsys.readouterr().out)
    assert (line["frames"], line["accepted"]) == (2, None)


def test_the_program_says_how_often_a_picture_is_shown() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "drivers.scanner", "decode", "--help"], capture_output=True, text=True, check=True
    )
    assert f"hasta {REPEATS} veces" in " ".join(told.stdout.split())
