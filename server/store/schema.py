"""The tables, alike on SQLite and PostgreSQL.

Instants are integer microseconds (`domain.clock.Micros`), ids are text, bodies are the very bytes that came in: no
database may lose a zone, an order or a digit. The state is a projection of the event log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect


class UuidText(TypeDecorator[UUID]):
    """A UUID as its 36 characters: the databases' own types differ, and a person can search for these."""

    impl = String(36)
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> UUID | None:
        """From the database."""
        del dialect
        return None if value is None else UUID(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

AsciiText = String(64).with_variant(String(64, collation="C"), "postgresql")
"""Compared byte by byte, as Python does; a locale's order would call numbers differently."""

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts up by itself only in a column that is exactly INTEGER."""

node = Table(
    "node",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),  # always 1: a database is one node
    Column("id", String(64), nullable=False),
    Column("epoch", Integer, nullable=False),  # a restore opens a new one
    Column("cookie_secret", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seal_public", LargeBinary),  # whose secret half is the key file; NULL until a start has noted it
    Column("sign_public", LargeBinary),  # likewise
    Column("reborn_at", BigInteger),  # when this life began; NULL for the first one
    Column("former", LargeBinary),  # domain.leases.Former; NULL: of what was before this life nothing is known
)

kiosk = Table(  # one row an enrolment: a machine that lost its disk is enrolled again under its name
    "kiosk",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),  # stands in the tracking token, 1 to 2^24-1
    Column("id", String(64), nullable=False),
    Column("office", String(64), nullable=False),
    Column("series", AsciiText),  # of a kiosk that gives out numbers
    Column("counter", String(16)),  # of a machine that drives the printer at a counter; an office's server has neither
    Column("epoch", Integer, nullable=False),
    Column("mac_key", LargeBinary, nullable=False),
    Column("device_key", LargeBinary),  # Ed25519, public; NULL of one that was enrolled before there were such keys
    Column("enrolled_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    UniqueConstraint("office", "series"),
    UniqueConstraint("id", "epoch"),
    CheckConstraint(
        "series IS NULL OR counter IS NULL", name="ck_kiosk_series_or_counter"
    ),  # neither: an office's node
    CheckConstraint("revoked_at IS NOT NULL OR device_key IS NOT NULL", name="ck_kiosk_device"),
)

_LIVE = text("revoked_at IS NULL")
Index(  # two machines at one counter would print everything twice
    "uq_kiosk_at_counter",
    kiosk.c.office,
    kiosk.c.counter,
    unique=True,
    sqlite_where=_LIVE,
    postgresql_where=_LIVE,
)

Index("uq_kiosk_device", kiosk.c.device_key, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)
Index("ix_kiosk_device_key", kiosk.c.device_key)  # of revoked ones, too

enrolment_code = Table(  # what a person types at a machine; gone a day after it ran out
    "enrolment_code",
    metadata,
    Column("handle", String(2), primary_key=True),  # by which it is found (domain.enrolment)
    Column("secret_hash", LargeBinary, nullable=False),  # HMAC; the secret itself is not kept
    Column("name", String(64), nullable=False),
    Column("office", String(64), nullable=False),
    Column("counter", String(16)),
    Column("is_node", Boolean, nullable=False),
    Column("replaces", Boolean, nullable=False),
    Column("made_by", String(64), nullable=False),  # empty: the command line
    Column("expires_at", BigInteger, nullable=False),
    Column("tries_left", Integer, nullable=False),
    Column("used_at", BigInteger),
    Column("used_by", LargeBinary),  # the device key; it may ask again, should the answer be lost
)

kiosk_contact = Table(  # what a kiosk last said of itself; apart, so that it changes without touching its keys
    "kiosk_contact",
    metadata,
    Column("kiosk", String(64), primary_key=True),
    Column("seen_at", BigInteger, nullable=False),
    Column("clock_offset", BigInteger, nullable=False),  # microseconds to add to the kiosk's clock
    Column("backlog", Integer, nullable=False),
    Column("app_version", String(64), nullable=False),
    Column("turn", BigInteger, nullable=False),  # of its last exchange; none is taken in twice
)

kiosk_health = Table(  # the last ``kiosk.health`` of each machine, and since when it is so (domain.health.Condition)
    "kiosk_health",
    metadata,
    Column("kiosk", String(64), primary_key=True),
    Column("epoch", Integer, nullable=False),  # with seq: which event of its stream this was
    Column("seq", BigInteger, nullable=False),
    Column("printer", String(64), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("paper_left_pct", Integer),
    Column("tickets_left", Integer),
    Column("printed_at", BigInteger),
    Column("printer_since", BigInteger, nullable=False),
    Column("paper", String(16), nullable=False),
    Column("paper_since", BigInteger, nullable=False),
    Column("help_at", BigInteger),  # by the machine's clock, which is how it names this call (domain.health.Help)
    Column("help_since", BigInteger),
    Column("help_answered_at", BigInteger),
)

stream = Table(  # those of an office with a node of its own stand at the centre as OFFICE/ORIGIN: two may name alike
    "stream",
    metadata,
    Column("origin", String(64), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("upto", BigInteger, nullable=False),
    Column("last_issued_at", BigInteger, nullable=False),
    Column("office", String(64)),  # whose events these are; NULL for the node's own
    Column("above_upto", BigInteger, nullable=False, server_default="0"),  # how far it has got at the node above
    Column("above_central", BigInteger, nullable=False, server_default="0"),  # and at the top
    Column("parted_at", BigInteger),  # since when it is known that others stand there under its numbers; NULL for not
)

event = Table(
    "event",
    metadata,
    Column("origin", String(64), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("id", UuidText, nullable=False),
    Column("type", String(64), nullable=False),
    Column("v", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("office", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
    Column("received_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),  # when it happened, as the first node that had it settled it; NULL of before
)

quarantine = Table(  # takes an event's place in its stream when it cannot be used
    "quarantine",
    metadata,
    Column("origin", String(64), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("id", UuidText, nullable=False),
    Column("code", String(64), nullable=False),
    Column("raw", LargeBinary, nullable=False),  # the whole event as it came
    Column("received_at", BigInteger, nullable=False),
)

ticket = Table(
    "ticket",
    metadata,
    Column("id", UuidText, primary_key=True),
    Column("office", String(64), nullable=False),
    Column("business_day", Date, nullable=False),
    Column("series", AsciiText, nullable=False),
    Column("n", Integer, nullable=False),
    Column("service", String(64), nullable=False),
    Column("preferential", Boolean, nullable=False),
    Column("language", String(16), nullable=False),
    Column("issued_at", BigInteger, nullable=False),  # corrected
    Column("nonce_hash", LargeBinary, nullable=False, unique=True),
    Column("origin", String(64), nullable=False),  # its event, which keeps the sealed part
    Column("epoch", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("counter", String(16)),
    Column("clerk", String(64)),
    Column("calls", Integer, nullable=False),
    Column("called_at", BigInteger),  # the last call that counted
    Column("changed_at", BigInteger, nullable=False),
    Column("lined_up_at", BigInteger, nullable=False),  # the place in line (domain.queue)
    Column("for_counter", String(16)),  # the one counter it was sent to
    Column("announced", Integer, nullable=False),  # how often the boards cried it out, repetitions too
    Column("let_pass", Integer, nullable=False),  # how often its holder let others go first
    Column("moved_life", Integer, nullable=False, server_default="0"),  # which life of the home node moved it last,
    Column(
        "moved_seq", BigInteger, nullable=False, server_default="0"
    ),  # and by which of its events (server.following)
    UniqueConstraint("office", "business_day", "series", "n"),
)

_AT_A_COUNTER = text("state IN ('called', 'serving')")
Index(  # the database itself keeps a counter from holding two turns, whatever clicks arrive
    "uq_ticket_at_counter",
    ticket.c.office,
    ticket.c.counter,
    unique=True,
    sqlite_where=_AT_A_COUNTER,
    postgresql_where=_AT_A_COUNTER,
)
_WAITING = text("state = 'waiting'")
Index(
    "ix_ticket_waiting",
    ticket.c.office,
    ticket.c.preferential.desc(),
    ticket.c.lined_up_at,
    ticket.c.series,
    ticket.c.n,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index("ix_ticket_called", ticket.c.office, ticket.c.called_at)

attention = Table(  # a turn's stay at a counter, from its call on; by these go the waits, the history and the exports
    "attention",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("ticket", UuidText, nullable=False),
    Column("office", String(64), nullable=False),
    Column("business_day", Date, nullable=False),
    Column("service", String(64), nullable=False),
    Column("preferential", Boolean, nullable=False),
    Column("counter", String(16), nullable=False),
    Column("clerk", String(64), nullable=False),
    Column("waiting_since", BigInteger, nullable=False),  # issued, or come back from elsewhere
    Column("called_at", BigInteger, nullable=False),  # the first call of this stay
    Column("calls", Integer, nullable=False),
    Column("serving_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("outcome", String(16)),  # done, absent, parked or transferred; NULL while it lasts
    Index("ix_attention_day", "office", "business_day"),
    Index("ix_attention_ticket", "ticket"),
)

shift = Table(  # what a counter did from when to when: from these comes how often clerks pause
    "shift",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("office", String(64), nullable=False),
    Column("business_day", Date, nullable=False),
    Column("counter", String(16), nullable=False),
    Column("clerk", String(64), nullable=False),
    Column("kind", String(8), nullable=False),  # open or pause
    Column("began_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),  # NULL while it lasts
    Index("ix_shift_day", "office", "business_day"),
)
_LASTS = text("ended_at IS NULL")
Index(  # a counter does one thing at a time
    "uq_shift_now",
    shift.c.office,
    shift.c.counter,
    unique=True,
    sqlite_where=_LASTS,
    postgresql_where=_LASTS,
)

note = Table(  # what was written to a turn, by its clerk or by its holder on the phone
    "note",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("ticket", UuidText, nullable=False),
    Column("office", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("author", String(64), nullable=False),  # empty: the visitor
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_note_ticket", "ticket"),
)

print_outcome = Table(  # apart from the ticket: a report about paper must not hold the row that a clerk is calling
    "print_outcome",
    metadata,
    Column("ticket", UuidText, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("outcome", String(64), nullable=False),
    Column("reason", String(256), nullable=False),
)

print_request = Table(  # paper that a clerk asked for; ids and words only, what it says is kept nowhere
    "print_request",
    metadata,
    Column("id", UuidText, primary_key=True),
    Column("office", String(64), nullable=False),
    Column("counter", String(16), nullable=False),
    Column("ticket", UuidText, nullable=False),  # or the filing whose cargo it is
    Column("document", String(16), nullable=False, server_default="ticket"),  # server.store.prints.Document
    Column("copy", Integer, nullable=False),  # counts the ticket's copies from 1, those that never came out too
    Column("asked_at", BigInteger, nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # domain.prints.Paper
    Column("reason", String(64), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    UniqueConstraint("ticket", "copy"),
)
_OPEN = text("state IN ('asked', 'printing')")
Index(  # a second click while one is awaited asks for nothing
    "uq_print_request_open",
    print_request.c.office,
    print_request.c.counter,
    print_request.c.ticket,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)

account = Table(
    "account",
    metadata,
    Column("name", String(64), primary_key=True),  # lower case
    Column("password_hash", Text, nullable=False),
    Column("role", String(16), nullable=False),  # server.store.accounts.Role
    Column("full_name", String(96), nullable=False),
    Column("first_list", Text, nullable=False),  # JSON list of services (domain.queue.Duty); empty for all
    Column("second_list", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("unit", String(32), nullable=False, server_default=""),  # to whose filings they see; empty for none
    Column("disabled_at", BigInteger),
    Column("role_since", BigInteger),  # NULL: since it was made
    Column("reviewed_at", BigInteger),  # when somebody last looked if role and account are still wanted
    Column("seen_at", BigInteger),  # did something last, signed in or not any more
)

session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),  # SHA-256; the cookie itself is not kept
    Column("account", String(64), nullable=False),
    Column("office", String(64), nullable=False),
    Column("counter", String(16)),  # NULL: somebody who supervises and calls nobody
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("paused_at", BigInteger),
    Column("pause_reason", String(64), nullable=False),
    UniqueConstraint("office", "counter"),  # one clerk at a counter
    Index("ix_session_account", "account"),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("address", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)

audit = Table(  # append only
    "audit",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("office", String(64), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("detail", String(256), nullable=False),  # what is not personal: a reason, a setting's name
    Index("ix_audit_at", "office", "at"),
)

# --- what is set up in the browser ------------------------------------------------------------------------------

office_settings = Table(  # the office and its rules as last set, by its file or in the browser, whichever came later
    "office_settings",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),  # domain.office.Office
    Column("rules", LargeBinary, nullable=False),  # domain.office.QueueRules
    Column("filing", LargeBinary),  # domain.filings.FilingRules; NULL for those that hold unless said otherwise
    Column("cargo_keys", LargeBinary),  # JSON list: the public keys (DER) that ever signed its cargos; NULL: none known
    Column("file_digest", LargeBinary, nullable=False),  # of the office in the file that was last taken over
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", String(64), nullable=False),  # empty: the file
)

counter = Table(  # none for an office means that any number from 1 to 99 is one
    "counter",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("counter", String(16), primary_key=True),
    Column("label", String(64), nullable=False),
)

board = Table(
    "board",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("name", String(32), primary_key=True),  # in its address
    Column("title", String(64), nullable=False),
    Column("counters", Text, nullable=False),  # JSON list; empty for all
)

notice = Table(
    "notice",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("office", String(64), nullable=False),
    Column("words", String(256), nullable=False),
    Column("from_day", Date),  # both inclusive; NULL for no limit
    Column("to_day", Date),
)

slide = Table(
    "slide",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("office", String(64), nullable=False),
    Column("position", Integer, nullable=False),  # in the order in which they are shown
    Column("words", String(256), nullable=False),  # what it shows, for whoever does not see it
    Column("media_type", String(32), nullable=False),
    Column("digest", LargeBinary, nullable=False),  # SHA-256, which stands in its address
    Column("picture", LargeBinary, nullable=False),
)

topic_version = Table(  # what the live pages follow; moves with every commit that concerns them
    "topic_version",
    metadata,
    Column("topic", String(80), primary_key=True),
    Column("version", BigInteger, nullable=False),
)

# --- a centre and its offices -----------------------------------------------------------------------------------

upstream = Table(  # what an office's server remembers of the one above
    "upstream",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("parent_epoch", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("clock_offset", BigInteger, nullable=False),  # microseconds that this clock is off; told, never applied
    Column("heard_at", BigInteger),  # when it last answered
    Column("set_up_digest", LargeBinary, nullable=False),  # of the office.set_up that was last said
    Column("in_step", Integer),  # in which life all was here that the node above has; NULL for never
    Column("roster_digest", LargeBinary, nullable=False, server_default=""),  # of the office.roster, likewise
)

office_home = Table(  # which node calls an office's queue; the last one is it, former ones keep their place in time
    "office_home",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("node", String(64), primary_key=True),
    Column("nth", Integer, nullable=False),  # counts an office's nodes from 1
    Column("machine", String(64), nullable=False),  # under which name it is enrolled
    Column("heard_at", BigInteger, nullable=False),
    UniqueConstraint("office", "nth"),
)

pending_move = Table(  # what a home node said of turns that have not arrived here yet
    "pending_move",
    metadata,
    Column("ticket", UuidText, primary_key=True),
    Column("life", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("office", String(64), nullable=False),
    Column("type", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

open_counter = Table(  # the counters of offices that are called elsewhere, as their home nodes tell
    "open_counter",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("counter", String(16), primary_key=True),
    Column("clerk", String(64), nullable=False),
    Column("first_list", Text, nullable=False),  # JSON list of services, as of an account
    Column("second_list", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("paused_at", BigInteger),
    Column("pause_reason", String(64), nullable=False),
)

office_machine = Table(  # what home nodes said of their machines: a word a row, for words may come in any order
    "office_machine",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("life", Integer, primary_key=True),  # of the home node, as in pending_move
    Column("seq", BigInteger, primary_key=True),
    Column("kiosk", String(64), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("no", Integer),  # in the tracking token, unique in no more than its office; NULL: it may speak no more
    Column("series", AsciiText),
    Column("counter", String(16)),
    Column("mac_key", LargeBinary),
    Column("device_key", LargeBinary),
    Index("ix_office_machine_no", "no"),
)

branch_queue = Table(  # how many wait in other offices, as the centre told
    "branch_queue",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("waiting", Integer, nullable=False),
    Column("preferential", Integer, nullable=False),
    Column("minutes", Integer),
    Column("heard_at", BigInteger, nullable=False),
)

request = Table(  # what was asked at one node of a turn that another one calls
    "request",
    metadata,
    Column("id", UuidText, primary_key=True),
    Column("office", String(64), nullable=False),
    Column("ticket", UuidText, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("answered_at", BigInteger),  # NULL while the home node has not decided
    Index("ix_request_ticket", "ticket"),
)
_UNANSWERED = text("answered_at IS NULL")
Index(  # a second tap asks for nothing
    "uq_request_open",
    request.c.ticket,
    unique=True,
    sqlite_where=_UNANSWERED,
    postgresql_where=_UNANSWERED,
)

kiosk_orders = Table(  # what a kiosk is told to do, from the page of machines
    "kiosk_orders",
    metadata,
    Column("kiosk", String(64), primary_key=True),
    Column("out_of_service", Boolean, nullable=False),
    Column("message", String(256), nullable=False),
    Column("version", Integer, nullable=False),
    Column("taken", Integer, nullable=False),  # the version that it last said it has
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", String(64), nullable=False),
)

office_roster = Table(  # the accounts and machines of an office that is called elsewhere, as its home node tells
    "office_roster",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),  # domain.asked.OfficeRoster
    Column("heard_at", BigInteger, nullable=False),
)

asked = Table(  # what is asked of an office's home node; there, what it last decided
    "asked",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),  # domain.asked
    Column("subject", String(64), primary_key=True),  # an account, a machine; empty for the office itself
    Column("version", BigInteger, nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("answered_at", BigInteger),  # NULL while the home node has not decided
    Column("answered_life", BigInteger, nullable=False),  # which life of the home node answered last; 0 for none
    Column("is_done", Boolean, nullable=False),
    Column("kept", Text, nullable=False),  # JSON list of what was left as it is, and why
)

# --- what was received -------------------------------------------------------------------------------------------

filing = Table(
    "filing",
    metadata,
    Column("id", UuidText, primary_key=True),
    Column("office", String(64), nullable=False),
    Column("year", Integer, nullable=False),  # with n its place in the office's register
    Column("n", Integer, nullable=False),
    Column("expediente", String(64), nullable=False),
    Column("about", String(64), nullable=False),  # the expediente that it belongs to; empty for a new one
    Column("ticket", UuidText),  # the turn that brought it
    Column("received_at", BigInteger, nullable=False),
    Column("received_day", Date, nullable=False),  # in Lima: under which the register lists it
    Column("presented_on", Date, nullable=False),
    Column("term_starts_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("correct_until", Date),  # set by the observation
    Column("document_type", String(32), nullable=False),
    Column("service", String(64), nullable=False),
    Column("unit", String(32), nullable=False),  # where it is, or to whom it is addressed while it is with reception
    Column("folios", Integer, nullable=False),
    Column("annexes", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("counter", String(16), nullable=False),
    Column("clerk", String(64), nullable=False),  # who received it
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("key_hash", LargeBinary, nullable=False),
    Column("code", String(16), nullable=False, unique=True),  # on the cargo
    Column("series", String(16), nullable=False),  # the expediente is the serial-th of it in the year
    Column("serial", Integer, nullable=False),
    Column("sealed", LargeBinary),  # FilingPersonal as it stands now; NULL where nothing was sealed
    Column("moved_life", Integer, nullable=False),  # which life of the home node moved it last,
    Column("moved_seq", BigInteger, nullable=False),  # and by which of its events
    UniqueConstraint("office", "year", "n"),
    UniqueConstraint("office", "expediente"),
    Index("ix_filing_day", "office", "received_day"),
    Index("ix_filing_ticket", "ticket"),
    Index("ix_filing_unit", "office", "unit", "status"),
    Index("ix_filing_changed", "office", "changed_at"),
    Index("ix_filing_key", "key_hash"),
    Index("ix_filing_status", "office", "status"),
    Index("ix_filing_serial", "year", "series", "serial"),
)

filing_step = Table(  # who did what to it and when, the receipt first
    "filing_step",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("filing", UuidText, nullable=False),
    Column("office", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    Column("move", String(16), nullable=False),  # received, or domain.filings.FilingMove
    Column("actor", String(64), nullable=False),  # an account; empty: the clock
    Column("from_unit", String(32), nullable=False),
    Column("unit", String(32), nullable=False),
    Column("correct_until", Date),
    Column("folios", Integer, nullable=False, server_default="0"),  # those that came with it
    Column("annexes", Integer, nullable=False, server_default="0"),
    Column("sealed", LargeBinary),  # FilingWords
    Column("life", Integer, nullable=False),  # whose event it was: the same one comes but once
    Column("seq", BigInteger, nullable=False),
    UniqueConstraint("filing", "life", "seq"),
    Index("ix_filing_step_day", "office", "day"),
)

pending_filing_move = Table(  # what a home node said of filings that have not arrived here yet
    "pending_filing_move",
    metadata,
    Column("filing", UuidText, primary_key=True),
    Column("life", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("office", String(64), nullable=False),
    Column("type", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
)

filing_counter = Table(  # the last number given out in a year
    "filing_counter",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("series", String(16), primary_key=True),  # register, or the siglas
    Column("last", Integer, nullable=False),
    Column("life", Integer, nullable=False),  # of the node, when it gave that number
)

passed_over = Table(  # the gaps in a series of numbers, each with its reason
    "passed_over",
    metadata,
    Column("office", String(64), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("series", String(16), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
)

delivery = Table(  # what is to go out by itself; ids only, what it says is made when it goes
    "delivery",
    metadata,
    Column("id", UuidText, primary_key=True),  # of the channel, the target and the event: queued twice it is one
    Column("office", String(64), nullable=False),
    Column("channel", String(16), nullable=False),  # domain.delivery.Channel
    Column("target", UuidText),  # of a webhook
    Column("filing", UuidText, nullable=False),
    Column("occasion", String(32), nullable=False),
    Column("body", LargeBinary),  # of a webhook: the very bytes that are signed
    Column("state", String(16), nullable=False),  # domain.delivery.DeliveryState
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),  # not before; of one that is being sent, until when
    Column("reason", String(256), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_delivery_filing", "filing"),
)
_OWED = text("state IN ('queued', 'sending')")
Index("ix_delivery_due", delivery.c.due_at, sqlite_where=_OWED, postgresql_where=_OWED)

integration = Table(  # a system of the entity that takes filings over and reports back
    "integration",
    metadata,
    Column("id", UuidText, primary_key=True),
    Column("office", String(64), nullable=False),
    Column("name", String(32), nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),  # SHA-256; the token itself is shown once
    Column("url", String(256), nullable=False),  # where it is told of what happens; empty: it asks
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("seen_at", BigInteger),
    Column("revoked_at", BigInteger),
)
Index(
    "uq_integration_name",
    integration.c.office,
    integration.c.name,
    unique=True,
    sqlite_where=_LIVE,
    postgresql_where=_LIVE,
)

number_block = Table(  # numbers that the centre leased: at the centre everybody's, at an office its own
    "number_block",
    metadata,
    Column("year", Integer, primary_key=True),
    Column("series", String(16), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("office", String(64), nullable=False),
    Column("spent", Integer, nullable=False),  # up to here they are given out or passed over; first - 1 for none
    Column("life", BigInteger, nullable=False),  # of the home node, when it took it; 0 while it has not said so
    Column("leased_at", BigInteger, nullable=False),
    Index("ix_number_block_office", "office", "year", "series"),
)
