"""What somebody typed into a form: read field by field, with all that is wrong told at once and nothing of it lost."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

SECRETS = frozenset({"password", "old_password", "new_password", "new_password_again"})
"""Fields that are never sent back to the browser."""

_OURS = frozenset({"_csrf_token", "seen"})
_NUMBER = re.compile(r"[0-9]{1,6}")
_LONGEST_ADDRESS = 200


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a field cannot be used: ``wrong.CODE`` in the catalogue; ``n`` fills its text."""

    code: str
    n: str = ""


class Unfit(Exception):  # noqa: N818 an answer, not a failure
    """The form cannot be used as it was typed. ``faults`` are by field."""

    def __init__(self, faults: Mapping[str, Wrong]) -> None:
        super().__init__(*faults)
        self.faults = faults


class Stale(Exception):  # noqa: N818 an answer, not a failure
    """Somebody else changed it since the form was shown. ``saved`` is what its fields would show now."""

    def __init__(self, saved: Mapping[str, str]) -> None:
        super().__init__()
        self.saved = saved


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as its page shows it.

    ``seen`` says what was saved when it was shown. ``saved`` is what somebody else saved since, None if nobody did.
    """

    values: Mapping[str, str]
    seen: str = ""
    faults: Mapping[str, Wrong] = field(default_factory=dict)
    saved: Mapping[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        """What a field shows."""
        return self.values.get(name, "")

    def is_other(self, name: str) -> bool:
        """Whether somebody else saved another thing in that field."""
        return self.saved is not None and self.saved.get(name, "") != self[name]

    @property
    def first(self) -> str:
        """The field to look at first: something is wrong with it, or it was changed; empty for none."""
        return next(iter([*self.faults, *(name for name in self.saved or () if self.is_other(name))]), "")


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was not taken: as it was typed, the answer's status, and why in words."""

    sheet: Sheet
    status: int
    alert: str


def sheet_of(values: Mapping[str, str]) -> Sheet:
    """The form over what is saved now."""
    return Sheet(values, mark_of(values))


def mark_of(values: Mapping[str, str]) -> str:
    """Another one for other values: by it a form knows that they changed."""
    return hashlib.sha256(json.dumps(sorted(values.items())).encode()).hexdigest()[:16]


def differences(before: Mapping[str, str], after: Mapping[str, str], label: Callable[[str], str]) -> str:
    """What changed, in words, for the audit log."""
    changed = [name for name in after if before.get(name, "") != after[name]]
    return "; ".join(f"{label(name)}: {_change(before.get(name, ''), after[name])}" for name in changed)


def _change(before: str, after: str) -> str:
    if "on" in {before, after}:
        return "no → sí" if after else "sí → no"
    return f"{_short(before)} → {_short(after)}"


def _short(text: str) -> str:
    words = " / ".join(text.splitlines()) or "(vacío)"
    return words if len(words) <= 60 else words[:59] + "…"  # noqa: PLR2004 the log's line is not long


class Typed:
    """A form that was sent. Each reader returns something usable even if what was typed is not, and notes why.

    Not a dataclass, because Litestar would build one.
    """

    def __init__(self, data: Mapping[str, str]) -> None:
        self._data = {name: text.replace("\r\n", "\n") for name, text in data.items()}
        self.seen = data.get("seen", "")
        self.faults: dict[str, Wrong] = {}

    @property
    def shown(self) -> dict[str, str]:
        """What goes back to the browser: everything but the secrets."""
        return {name: text for name, text in self._data.items() if name not in SECRETS | _OURS}

    def refuse(self, name: str, code: str, n: str = "") -> None:
        """Notes what is wrong with a field; what was noted first stays."""
        self.faults.setdefault(name, Wrong(code, n))

    def check(self) -> None:
        """Lets pass a form in which nothing is wrong.

        Raises:
            Unfit: something is.
        """
        if self.faults:
            raise Unfit(self.faults)

    def is_fresh(self, saved: Mapping[str, str]) -> bool:
        """Whether the form was shown over what is saved now."""
        return self.seen == mark_of(saved)

    def line(self, name: str, *, most: int, required: bool = False) -> str:
        """A line of text, of at most ``most`` characters."""
        text = self._clean(name, " ".join(self._data.get(name, "").split()))
        if required and not text:
            self.refuse(name, "required")
        if len(text) > most:
            self.refuse(name, "too_long", str(most))
        return text

    def lines(self, name: str, *, most: int, most_lines: int) -> tuple[str, ...]:
        """Several lines of text, without the empty ones."""
        found = (" ".join(line.split()) for line in self._data.get(name, "").splitlines())
        texts = tuple(self._clean(name, line) for line in found if line)
        if len(texts) > most_lines:
            self.refuse(name, "too_many_lines", str(most_lines))
        if any(len(text) > most for text in texts):
            self.refuse(name, "line_too_long", str(most))
        return texts

    def secret(self, name: str) -> str:
        """A password, exactly as typed."""
        return self._data.get(name, "")

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        text = self._data.get(name, "").strip()
        if _NUMBER.fullmatch(text) and low <= int(text) <= high:
            return int(text)
        self.refuse(name, "number", f"{low} a {high}")
        return low

    def moment(self, name: str) -> time:
        """A time of day, hours and minutes."""
        try:
            found = time.fromisoformat(self._data.get(name, "").strip())
        except ValueError:
            self.refuse(name, "time")
            return time()
        return time(found.hour, found.minute)

    def day(self, name: str) -> date:
        """A day."""
        try:
            return date.fromisoformat(self._data.get(name, "").strip())
        except ValueError:
            self.refuse(name, "day")
            return date.min

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self._data.get(name))

    def choice(self, name: str, known: Collection[str]) -> str:
        """One of several; the first of them where it is none."""
        found = self._data.get(name, "")
        if found in known:
            return found
        self.refuse(name, "choice")
        return next(iter(known))

    def address(self, name: str) -> str:
        """The address of a page on the web, empty for none."""
        text = self.line(name, most=_LONGEST_ADDRESS)
        if text and not _is_web_address(text):
            self.refuse(name, "address")
        return text

    def _clean(self, name: str, text: str) -> str:
        """The text without what cannot be seen; it refuses what no keyboard writes and no database keeps."""
        seen = "".join(one for one in text if unicodedata.category(one) != "Cf")
        if any(unicodedata.category(one) in {"Cc", "Cs", "Co", "Cn"} for one in seen):
            self.refuse(name, "characters")
        return unicodedata.normalize("NFC", seen).strip()


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and not parts.username and " " not in text
