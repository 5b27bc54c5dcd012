"""Notices by e-mail, over the entity's SMTP server."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from domain.delivery import Delivered, Later, Outcome, Refused
from server.config import ConfigError
from server.delivery.round import name_of

if TYPE_CHECKING:
    from server.config import MailConfig
    from server.delivery.notice import Notice, Notices
    from server.store.deliveries import Delivery

TIMEOUT_S = 15.0
"""For each step of the talk; with the few that there are a delivery takes less than its lease."""
_FOR_GOOD = 500
"""From here on the other side says that it will never take it (RFC 5321 4.2.1)."""
_ITS_OWN = frozenset({530, 534, 535, 538, 554})
"""Replies about the office's own account or address, not the recipient: the administrator mends that, so it waits."""


class Mail:
    """A carrier. A message that is sent again, because nobody knows whether it arrived, has the same Message-ID."""

    def __init__(self, config: MailConfig, password: str, *, notices: Notices) -> None:
        """Raises: ConfigError, as `trust_of`."""
        self._config = config
        self._trust = trust_of(config)
        self._password = password
        self._notices = notices

    def carry(self, delivery: Delivery) -> Outcome:
        """Hands it to the SMTP server."""
        notice = self._notices.word(delivery)
        if notice is None or not notice.email:
            return Refused("nobody_to_tell")
        try:
            message = self._message(delivery, notice)
        except (ValueError, HeaderParseError):
            return Refused("bad_address")
        try:
            return self._send(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = next(iter(error.recipients.values()))
            return Refused(f"smtp_{code}") if code >= _FOR_GOOD else Later(f"smtp_{code}")
        except smtplib.SMTPResponseException as error:
            code = error.smtp_code
            return Refused(f"smtp_{code}") if code >= _FOR_GOOD and code not in _ITS_OWN else Later(f"smtp_{code}")
        except smtplib.SMTPException as error:
            return Later(type(error).__name__)
        except (OSError, UnicodeError) as error:  # ssl.SSLError and time-outs among them
            return Later(type(error).__name__)

    def _message(self, delivery: Delivery, notice: Notice) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._config.sender
        message["To"] = Address(addr_spec=notice.email)
        message["Subject"] = notice.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(delivery.created_at / 1e6, UTC))
        message["Message-ID"] = name_of(delivery.id, self._config.sender.rpartition("@")[2].rstrip(">"))
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply to this
        message.set_content(notice.text)
        return message

    def _send(self, message: EmailMessage) -> Outcome:
        config = self._config
        if config.security == "tls":
            talk: smtplib.SMTP = smtplib.SMTP_SSL(config.host, config.port, timeout=TIMEOUT_S, context=self._trust)
        else:
            talk = smtplib.SMTP(config.host, config.port, timeout=TIMEOUT_S)
        try:
            if config.security == "starttls":
                talk.starttls(context=self._trust)
            if config.user:
                talk.login(config.user, self._password)
            talk.send_message(message)
        finally:
            with suppress(smtplib.SMTPException, OSError):  # it has been taken, or not; the farewell changes nothing
                talk.quit()
        return Delivered()


def trust_of(config: MailConfig) -> ssl.SSLContext:
    """Which certificates are believed.

    Raises:
        ConfigError: the authority's file cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=config.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"mail.ca_file: no se puede leer {config.ca_file}") from error
