"""Every word on the pages comes from the catalogue, and the catalogue holds no word that nobody says."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.pofile import read_po

import assets
import server
from domain.tickets import TicketState

ROOM = Path(server.__file__).parent


def catalogue_keys() -> set[str]:
    with assets.catalogue("server", "es").open("rb") as file:
        return {str(message.id) for message in read_po(file) if message.id}


def said_keys() -> set[str]:
    pages = "\n".join(page.read_text("utf-8") for page in (ROOM / "pages").glob("*.html"))
    code = "\n".join(module.read_text("utf-8") for module in ROOM.rglob("*.py"))
    pages_keys = set(re.findall(r'_\(\s*["\']([a-z_.]+)["\']', pages))
    pages_keys |= set(re.findall(r'gettext\(\s*"([a-z_.]+)"', code))
    refusals = {f"fault.{code}" for code in re.findall(r'Refusal\(\d+, "([a-z_]+)"', code)}
    said = set(re.findall(r'\.text\("([a-z_.]+)"', code))
    by_status = set(re.findall(r'\d{3}: "([a-z_]+)"', code)) | {"internal"}
    return pages_keys | refusals | said | {f"fault.{code}" for code in by_status}


def test_every_text_has_its_words() -> None:
    assert said_keys() - catalogue_keys() == set()


def test_no_words_are_left_over() -> None:
    assert catalogue_keys() - said_keys() == set()


def test_a_text_is_not_its_key() -> None:
    texts = assets.translations("server", "es")
    for key in catalogue_keys():
        assert texts.gettext(key) != key
        assert texts.gettext(key).strip()


def test_one_thing_has_one_word() -> None:
    """A kiosk is a kiosco, a password a contraseña, a key file a clave; the law says atención preferente."""
    sources = [*ROOM.rglob("*.py"), *(ROOM / "pages").glob("*.html")]
    words = "\n".join(source.read_text("utf-8") for source in sources)
    with assets.catalogue("server", "es").open("rb") as file:
        words += file.read().decode()
    assert re.findall(r"\b(?:quiosco|llaves?\b|preferencial(?:es)?\b)\w*", words, re.IGNORECASE) == []


def test_the_phone_has_words_for_every_state() -> None:
    page = (ROOM / "pages" / "_turn.html").read_text("utf-8")
    for state in TicketState:
        assert f'"{state.value}"' in page
