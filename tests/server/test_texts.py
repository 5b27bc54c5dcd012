"""Every word on the pages comes from the catalogues, and they hold no word that nobody says.

Those who work here read `server.po`, Spanish only; citizens read `phone.po`, in four languages.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

import assets
import server
from domain.delivery import Occasion
from domain.tickets import TicketState

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOM = Path(server.__file__).parent


CITIZENS = ("phone.html", "turn.html", "_turn.html", "_turn_parts.html", "_offers.html", "_languages.html", "act.html")
CITIZENS += ("office.html", "phone_fault.html", "follow.html", "follow_filing.html", "follow_unknown.html")
CITIZENS += ("_follow_filing.html", "_follow_list.html", "_follow_card.html", "request.html", "verify.html")
OCCASIONS = [one.value for one in Occasion]
BY_THE_PROGRAM = {"language.name", "track.title", "phone.day", "phone.day_of_year"}
BY_THE_PROGRAM |= {"mail.greeting", "mail.follow", "mail.no_reply"} | {
    f"{kind}{occasion}" for kind in ("mail.", "mail.subject_", "sms.") for occasion in OCCASIONS
}


def words_of(name: str, language: str = "es") -> dict[str, str]:
    with assets.catalogue(name, language).open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def catalogue_keys(name: str = "server") -> set[str]:
    return set(words_of(name))


def keys_on(pages: Iterable[Path]) -> set[str]:
    return {key for page in pages for key in re.findall(r'_\(\s*["\']([a-z_.]+)["\']', page.read_text("utf-8"))}


def said_keys() -> set[str]:
    pages = [page for page in (ROOM / "pages").glob("*.html") if page.name not in CITIZENS]
    code = "\n".join(module.read_text("utf-8") for module in ROOM.rglob("*.py"))
    gettexts = set(re.findall(r'gettext\(\s*"([a-z_.]+)"', code))
    refusals = {f"fault.{code}" for code in re.findall(r'Refusal\(\d+, "([a-z_]+)"', code)}
    said = set(re.findall(r'\.text\("([a-z_.]+)"', code))
    by_status = set(re.findall(r'\d{3}: "([a-z_]+)"', code)) | {"internal"}
    return keys_on(pages) | gettexts | refusals | said | {f"fault.{code}" for code in by_status}


def test_every_text_has_its_words() -> None:
    assert said_keys() - catalogue_keys() - catalogue_keys("phone") - catalogue_keys("board") == set()


def test_no_words_are_left_over() -> None:
    assert catalogue_keys() - said_keys() == set()


def test_a_text_is_not_its_key() -> None:
    for name in ("server", "phone"):
        for key, words in words_of(name).items():
            assert words.strip() not in {"", key}


def test_every_text_for_citizens_has_its_words() -> None:
    on_pages = keys_on(ROOM / "pages" / name for name in CITIZENS)
    of_faults = {key for key in catalogue_keys("phone") if key.startswith("fault.")}
    assert on_pages | of_faults | BY_THE_PROGRAM == catalogue_keys("phone")
    assert of_faults <= said_keys()


@pytest.mark.parametrize("language", ["en", "qu", "ay"])
def test_citizens_read_everything_in_their_language(language: str) -> None:
    spanish, theirs = words_of("phone"), words_of("phone", language)
    assert set(theirs) == set(spanish)
    for key, words in theirs.items():
        assert words.strip(), key
        marks = r"%\([a-z]+\)s|\{[a-z]+\}"
        assert sorted(re.findall(marks, words)) == sorted(re.findall(marks, spanish[key])), key


def test_languages_that_nobody_reviewed_say_so() -> None:
    assert [language for language in assets.languages_of("phone") if assets.is_draft("phone", language)] == ["ay", "qu"]


def test_one_thing_has_one_word() -> None:
    """A kiosk is a kiosco, a password a contraseña, a key file a clave; the law says atención preferente."""
    sources = [*ROOM.rglob("*.py"), *(ROOM / "pages").glob("*.html")]
    words = "\n".join(source.read_text("utf-8") for source in sources)
    for name in ("server", "phone"):
        words += assets.catalogue(name, "es").read_text("utf-8")
    assert re.findall(r"\b(?:quiosco|llaves?\b|preferencial(?:es)?\b)\w*", words, re.IGNORECASE) == []


def test_the_phone_has_words_for_every_state() -> None:
    page = (ROOM / "pages" / "_turn.html").read_text("utf-8")
    for state in TicketState:
        assert f'"{state.value}"' in page
