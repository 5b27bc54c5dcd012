"""The cargo as clerks hand it out: a signed PDF in their browser, or paper from the printer at their counter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.clock import in_lima
from server.copies import Wish, ask_for, asked_here, must_have_printer
from server.faults import Refusal
from server.filing.cargo import cargo_of, received
from server.filing.cargo_pdf import Enclosed, Spoken, drawn
from server.filing.cargo_statement import stated
from server.filing.cargo_words import worded
from server.store.accounts import full_names
from server.store.filings import filing_by_id
from server.store.prints import Document, out_before

if TYPE_CHECKING:
    import gettext
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from domain.clock import Clock
    from domain.messages import CargoCopy
    from server.copies import PaperAtDesk
    from server.filing.cargo import Cargo
    from server.filing.cargo_pdf import CargoPaper
    from server.filing.cargo_seal import CargoSeal
    from server.filing.office import Filings, FilingView
    from server.keys import Keys
    from server.offices import Offices
    from server.store.accounts import Clerk
    from server.store.filings import Filing
    from server.store.node import Node
    from server.store.prints import PrintRequest
    from server.store.writer import Transaction, Writer


@dataclass(frozen=True, slots=True)
class CargoFile:
    """A signed PDF and what it is called."""

    name: str
    content: bytes


class Cargos:
    """Cargos are made by the office's home node alone, which received. Not a dataclass: Litestar would build one."""

    def __init__(
        self,
        *,
        filings: Filings,
        node: Node,
        keys: Keys,
        seal: CargoSeal,
        offices: Offices,
        texts: gettext.NullTranslations,
        clock: Clock,
        writer: Writer,
        read: Engine,
    ) -> None:
        self._filings = filings
        self._node = node
        self._keys = keys
        self._seal = seal
        self._offices = offices
        self._texts = texts
        self._clock = clock
        self._writer = writer
        self._read = read

    def pdf(self, clerk: Clerk, id_: UUID, paper: CargoPaper, address: str) -> CargoFile:
        """The cargo, signed; the look is audited first. Takes about a fifth of a second.

        Raises:
            Refusal: 404 no such filing in this office, 409 another node received it.
        """
        self._offices.must_call_here(clerk.office)
        view = self._filings.view(clerk, id_, address, "filing.cargo_drawn")
        with self._read.connect() as connection:
            cargo = self._cargo(connection, view)
        signer = self._seal.at(self._clock.now())
        statement = stated(
            view.filing,
            received(view.filing, [read.step for read in view.steps]),
            self._offices.of(clerk.office) or self._offices.main,
            self._filings.rules(clerk.office),
        )
        enclosed = (
            Enclosed("cargo.json", statement.words, "application/json"),
            Enclosed("cargo.sig", self._keys.signature(statement.words), "application/octet-stream"),
        )
        copy, dated = worded(cargo, self._texts), cargo.last_word_at
        plain = drawn(copy, paper, self._spoken(signer.name), dated=dated, enclosed=enclosed)
        content = self._seal.signed(plain, signer, dated=dated, reason=copy.title)
        return CargoFile(f"cargo-{_plain(cargo.expediente)}.pdf", content)

    def known(self, clerk: Clerk, id_: UUID) -> tuple[Filing, PaperAtDesk]:
        """A filing without anything personal, and its cargo's paper at the clerk's counter.

        Raises:
            Refusal: 404.
        """
        with self._read.connect() as connection:
            found = filing_by_id(connection, clerk.office, id_)
            if found is None:
                raise Refusal(404, "unknown_filing")
            return found, asked_here(connection, clerk, id_, self._clock.now())

    def print(self, clerk: Clerk, id_: UUID, address: str) -> None:
        """Asks the printer at the clerk's counter for the cargo; does nothing while the last one is still awaited.

        Raises:
            Refusal: 404 no such filing in this office; 409 another node received it, or no machine drives a printer.
        """
        self._offices.must_call_here(clerk.office)
        self._writer.do(lambda transaction: self._print(transaction, clerk, id_, address))

    def _print(self, transaction: Transaction, clerk: Clerk, id_: UUID, address: str) -> None:
        found = filing_by_id(transaction.connection, clerk.office, id_, to_change=True)
        if found is None:
            raise Refusal(404, "unknown_filing")
        must_have_printer(transaction.connection, clerk)
        now = self._clock.now()
        wish = Wish(Document.CARGO, id_, in_lima(now).date(), "filing.cargo_asked", found.expediente, address)
        ask_for(transaction, self._node, clerk, wish, now)

    def wanted(self, connection: Connection, request: PrintRequest) -> CargoCopy | None:
        """What the paper says that was asked for; None where there is no such filing."""
        found = filing_by_id(connection, request.office, request.ticket)
        if found is None:
            return None
        cargo = self._cargo(connection, self._filings.opened(connection, found))
        return worded(cargo, self._texts, copy=out_before(connection, request) + 1)

    def _cargo(self, connection: Connection, view: FilingView) -> Cargo:
        office = self._offices.of(view.filing.office) or self._offices.main
        return cargo_of(view, office, self._filings.rules(office.id), full_names(connection))

    def _spoken(self, who: str) -> Spoken:
        return Spoken(
            page=self._texts.gettext("cargo.page"),
            qr=self._texts.gettext("cargo.qr"),
            signed=self._texts.gettext("cargo.signed") % {"who": who},
        )


def _plain(number: str) -> str:
    """A number as part of a file's name."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in number)
