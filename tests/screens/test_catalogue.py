"""Every text that the kiosk asks for exists, every text that exists is asked for, and every KV file parses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import kiosk
from assets import catalogue
from kiosk.texts import MissingTextError, Texts

KIOSK = Path(kiosk.__file__).parent


def _catalogue_keys() -> set[str]:
    with catalogue("kiosk", "es").open("rb") as po:
        return {m.id if isinstance(m.id, str) else m.id[0] for m in read_po(po) if m.id}


def _used_keys() -> set[str]:
    rooms = "|".join(sorted({key.split(".")[0] for key in _catalogue_keys()}))
    pattern = re.compile(rf"""["']((?:{rooms})\.[a-z_]+)["']""")
    flow = (KIOSK / "flow" / name for name in ("contents.py", "narration.py"))
    speaking = (KIOSK / "slip.py", *flow, *(KIOSK / "ui").rglob("*.py"), *(KIOSK / "ui").rglob("*.kv"))
    sources = (file.read_text(encoding="utf-8") for file in speaking)
    return {key for source in sources for key in pattern.findall(source)}


def _widget_keys() -> set[str]:
    """Names of what can be touched look like keys of texts; most are, for the words stand on the thing."""
    sources = (file.read_text(encoding="utf-8") for file in (KIOSK / "ui").rglob("*.kv"))
    return {key for source in sources for key in re.findall(r"^\s+key: '([^']+)'", source, re.MULTILINE)}


def test_every_text_that_is_asked_for_exists() -> None:
    assert _used_keys() - _widget_keys() - _catalogue_keys() == set()


def test_no_text_is_there_for_nothing() -> None:
    assert _catalogue_keys() - _used_keys() == set()


def test_no_text_is_empty_or_unfinished() -> None:
    with catalogue("kiosk", "es").open("rb") as po:
        for message in (message for message in read_po(po) if message.id):
            words = message.string if isinstance(message.string, str) else " ".join(message.string)
            assert words, message.id
            assert not message.fuzzy, message.id
            assert "  " not in words, message.id


def test_a_missing_key_hurts_in_tests_and_shows_itself_to_a_visitor() -> None:
    with pytest.raises(MissingTextError):
        Texts(strict=True).t("no.such_text")
    assert Texts().t("no.such_text") == "no.such_text"


def test_counts_choose_the_plural() -> None:
    texts = Texts(strict=True)
    assert texts.t("people.waiting", count=1) == "Hay 1 persona esperando"
    assert texts.t("people.waiting", count=7) == "Hay 7 personas esperando"


def test_days_and_hours_are_said_as_in_peru() -> None:
    from datetime import datetime, time  # noqa: PLC0415

    texts = Texts()
    assert texts.day(datetime(2026, 11, 24, 8, 0)) == "martes 24 de noviembre"  # noqa: DTZ001  # a wall clock's day
    assert texts.time(time(8, 5)) == "08:05"


@pytest.mark.parametrize("file", sorted((KIOSK / "ui").rglob("*.kv")), ids=lambda file: file.stem)
def test_kv_parses_and_stands_beside_its_python(file: Path, stage: object) -> None:
    from kivy.lang.parser import Parser  # noqa: PLC0415  # Kivy after its preparation

    assert stage
    assert file.with_suffix(".py").is_file()
    assert Parser(content=file.read_text(encoding="utf-8"), filename=str(file)).rules
