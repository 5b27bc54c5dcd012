"""Where a citizen wants to be told; giving it is always free (Ley 29733: no service may hang on it)."""

from __future__ import annotations

import re

_MOBILE = re.compile(r"9[0-9]{8}")
_MAIL = re.compile(r"[^@\s]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)


def parse_contact(text: str) -> str | None:
    """A Peruvian mobile number (nine digits from 9, blanks and +51 forgiven) or an e-mail address, tidied.

    None when it is neither. Only the shape is looked at: whether it answers, nobody can tell here.
    """
    tidy = re.sub(r"[\s-]", "", text).removeprefix("+51") if "@" not in text else text.strip().lower()
    return tidy if _MOBILE.fullmatch(tidy) or _MAIL.fullmatch(tidy) else None
