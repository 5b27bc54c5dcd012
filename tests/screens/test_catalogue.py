"""Every text that the kiosk asks for exists, every text that exists is asked for, and every KV file parses."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import kiosk
from assets import catalogue
from kiosk.flow.menu import menu
from kiosk.flow.state import Problem
from tests.screens.moments import MOMENTS

KIOSK = Path(kiosk.__file__).parent
SPEAKING = (*(KIOSK / "ui").rglob("*.py"), *(KIOSK / "ui").rglob("*.kv"), *(KIOSK / "flow").rglob("*.py"))
"""With what is in `kiosk.slip` and `kiosk.texts`, all that names texts. An event's name looks like a key, too."""


@cache
def _catalogue_keys() -> frozenset[str]:
    with catalogue("kiosk", "es").open("rb") as po:
        return frozenset(m.id if isinstance(m.id, str) else m.id[0] for m in read_po(po) if m.id)


@cache
def _source() -> str:
    return "\n".join(file.read_text("utf-8") for file in (*SPEAKING, KIOSK / "slip.py", KIOSK / "texts.py"))


def _rooms() -> str:
    return "|".join(sorted({key.split(".")[0] for key in _catalogue_keys()}))


def _named_keys() -> set[str]:
    """Keys that stand whole in the source."""
    return set(re.findall(rf"""(?<!f)["']((?:{_rooms()})(?:\.[a-z0-9_]+)+)["']""", _source()))


def _made_keys() -> re.Pattern[str]:
    """Keys that are put together: ``f"problem.{…}"``, ``f"{…}.title"``, or ``'problem.' + …`` in KV."""
    templates = re.findall(rf"""f["']((?:{_rooms()})\.[^"'\s]*{{[^"']*|{{[^"'\s]*}}\.[a-z_]+)["']""", _source())
    starts = re.findall(rf"""["']((?:{_rooms()})\.[a-z0-9_.]*)["'] \+""", _source())
    made = [re.sub(r"\\{[^{}]*\\}", "[a-z0-9_]+", re.escape(template)) for template in templates]
    return re.compile("|".join([*made, *(re.escape(start) + "[a-z0-9_]+" for start in starts)]) or r"(?!)")


def _widget_keys() -> set[str]:
    """Names of what can be touched look like keys of texts; most are, for the words stand on the thing."""
    sources = (file.read_text(encoding="utf-8") for file in (KIOSK / "ui").rglob("*.kv"))
    return {key for source in sources for key in re.findall(r"^\s+key: '([^']+)'", source, re.MULTILINE)}


def _choices() -> dict[str, str]:
    """The words of everything that can be chosen on a drawn page, by the button's key."""
    said = [choice for state in MOMENTS.values() for choice in menu(state) if not choice.plain]
    return {choice.key: choice.text_key for choice in said}


def test_every_text_that_is_asked_for_exists() -> None:
    buttons = _widget_keys() | _choices().keys()
    assert _named_keys() - buttons - _catalogue_keys() == set()


def test_everything_that_can_be_chosen_has_its_words() -> None:
    assert {text for text in _choices().values() if text not in _catalogue_keys()} == set()


def test_every_problem_has_its_words() -> None:
    assert {f"problem.{problem.value}" for problem in Problem} - _catalogue_keys() == set()


def test_no_text_is_there_for_nothing() -> None:
    made = _made_keys()
    assert {key for key in _catalogue_keys() - _named_keys() if not made.fullmatch(key)} == set()


@pytest.mark.parametrize("file", sorted((KIOSK / "ui").rglob("*.kv")), ids=lambda file: file.stem)
def test_kv_parses_and_stands_beside_its_python(file: Path, stage: object) -> None:
    from kivy.lang.parser import Parser  # noqa: PLC0415  # Kivy after its preparation

    assert stage
    assert file.with_suffix(".py").is_file()
    assert Parser(content=file.read_text(encoding="utf-8"), filename=str(file)).rules
