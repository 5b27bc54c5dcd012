"""What a citizen is told of their filing: the number, where it stands, what to do; nobody's name and no subject."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.delivery import Occasion
from domain.filings import FilingStatus
from domain.tracking import filing_url
from server.store.filings import filing_by_id
from server.web.languages import FIRST, texts_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from server.keys import Keys
    from server.offices import Offices
    from server.store.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class Notice:
    """Words to one person. ``email`` and ``phone`` are empty where there is none, or no consent."""

    subject: str
    text: str
    short: str
    """In one SMS, as far as the language allows."""
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


class Notices:
    """Words a delivery when it goes, from the filing as it stood then, in the language of the visit."""

    def __init__(self, *, keys: Keys, offices: Offices, read: Engine) -> None:
        self._keys = keys
        self._offices = offices
        self._read = read

    def word(self, delivery: Delivery) -> Notice | None:
        """What it says; None where nobody can or may be told (any more)."""
        with self._read.connect() as connection:
            filing = filing_by_id(connection, delivery.office, delivery.filing)
        personal = self._keys.open_filing(filing.sealed) if filing is not None and filing.sealed else None
        office = self._offices.of(delivery.office)
        if filing is None or personal is None or office is None:
            return None
        if delivery.occasion == Occasion.OBSERVED.value and filing.status is not FilingStatus.OBSERVED:
            return None  # it was corrected, or its last day has gone: late words would only send somebody in vain
        offered = self._offices.rules_of(delivery.office).languages
        say = texts_of(personal.language if personal.language in offered else FIRST).gettext
        details = {
            "entity": office.entity,
            "office": office.name,
            "number": filing.expediente,
            "register": str(filing.register),
            "day": f"{filing.presented_on:%d/%m/%Y}",
            "until": f"{filing.correct_until or filing.due_on:%d/%m/%Y}",
            "url": filing_url(office.tracking_base_url, bytes.fromhex(personal.token)),
        }
        body = (say("mail.greeting"), say(f"mail.{delivery.occasion}") % details, say("mail.follow") % details)
        text = "\n\n".join((*body, say("mail.no_reply") % details))
        return Notice(
            say(f"mail.subject_{delivery.occasion}") % details,
            f"{text}\n",
            say(f"sms.{delivery.occasion}") % details,
            personal.email if personal.notices else "",
            personal.phone if personal.notices_sms else "",
        )
