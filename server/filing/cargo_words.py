"""The words of a cargo, in the order in which they stand on whichever paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.messages import CargoCopy, CargoList, CargoRow
from server.filing.cargo import grouped

if TYPE_CHECKING:
    import gettext
    from collections.abc import Iterator

    from domain.clock import Micros
    from domain.messages import Applicant
    from server.filing.cargo import Cargo, Correction, Observation

_WEEK = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


def worded(cargo: Cargo, texts: gettext.NullTranslations, *, copy: int = 1) -> CargoCopy:
    """The cargo in words of the server's catalogue."""
    say = _Words(texts)
    address = cargo.check.partition("://")[2].rpartition("/")[0]
    page = (say.text("cargo.follow"), say.text("cargo.follow_key", number=cargo.expediente, key=cargo.key))
    return CargoCopy(
        filing=cargo.filing,
        received_at=cargo.received_at,
        entity=cargo.entity,
        office=cargo.office_name,
        place=cargo.address,
        title=say.text("cargo.title"),
        number=cargo.expediente,
        rows=tuple(CargoRow(label, text) for label, text in say.rows(cargo) if text),
        lists=tuple(listed for listed in say.lists(cargo) if listed.items),
        warning=() if cargo.observation is None or cargo.correction else tuple(say.warning(cargo.observation)),
        receiver=CargoRow(say.text("cargo.receiver"), cargo.receiver),
        by_hand=say.text("cargo.by_hand"),
        url=cargo.page or cargo.check,
        follow=page if cargo.page else (say.text("cargo.follow_check"),),
        code=grouped(cargo.code),
        check=(say.text("cargo.check"), address),
        foot=say.text("cargo.keep"),
        copy=copy,
    )


class _Words:
    """Says things in one catalogue."""

    def __init__(self, texts: gettext.NullTranslations) -> None:
        self._texts = texts

    def text(self, key: str, /, **details: object) -> str:
        """A text, with its details filled in."""
        words = self._texts.gettext(key)
        return words % details if details else words

    def rows(self, cargo: Cargo) -> Iterator[tuple[str, str]]:
        """What stands one by one, with its label; an empty text is left out."""
        yield self.text("cargo.register"), cargo.register
        yield self.text("cargo.received"), self._moment(cargo.received_at)
        if cargo.presented_on is not None:
            day = f"{_WEEK[cargo.presented_on.weekday()]} {cargo.presented_on:%d/%m/%Y}"
            yield self.text("cargo.presented"), self.text("cargo.presented_later", day=day)
        counter = self.text("cargo.counter", counter=cargo.counter) if cargo.counter else ""
        yield self.text("cargo.place"), ". ".join(filter(None, (cargo.office_name, cargo.address, counter)))
        yield self.text("cargo.about"), cargo.about
        if cargo.applicant is None:
            yield self.text("cargo.applicant"), self.text("cargo.unreadable")
        else:
            yield self.text("cargo.applicant"), self._person(cargo.applicant)
        yield self.text("cargo.presenter"), "" if cargo.presenter is None else self._person(cargo.presenter)
        yield self.text("cargo.type"), cargo.document_type
        yield self.text("cargo.subject"), cargo.subject.strip()
        yield self.text("cargo.unit"), cargo.unit
        yield self.text("cargo.folios"), self._folios(cargo.folios)
        if cargo.applicant is None:
            yield self.text("cargo.annexes"), str(cargo.annexes)
        if cargo.correction is not None:
            yield self.text("cargo.corrected"), self._corrected(cargo.correction)

    def lists(self, cargo: Cargo) -> Iterator[CargoList]:
        """What was handed in, one by one."""
        if cargo.applicant is not None:
            main = self.text("cargo.main_document", type=cargo.document_type)
            media = (self.text("cargo.medium", what=medium) for medium in cargo.media)
            yield CargoList(self.text("cargo.documents"), (main, *cargo.documents, *media))
        if cargo.correction is not None:
            yield CargoList(self.text("cargo.brought"), cargo.correction.annexes)

    def warning(self, observation: Observation) -> Iterator[str]:
        """What is missing, until when, and what happens else; it is written on the cargo (art. 125.2)."""
        yield self.text("cargo.observed")
        missing = "; ".join(one.strip(" .;") for one in observation.missing)
        if missing:
            yield self.text("cargo.missing", what=missing)
        if observation.words.strip():
            yield observation.words.strip()
        day = f"{_WEEK[observation.until.weekday()]} {observation.until:%d/%m/%Y}"
        yield self.text("cargo.correct_until", day=day)

    def _moment(self, at: Micros) -> str:
        moment = in_lima(at)
        return self.text("cargo.moment", day=f"{_WEEK[moment.weekday()]} {moment:%d/%m/%Y}", time=f"{moment:%H:%M:%S}")

    def _corrected(self, correction: Correction) -> str:
        moment = self._moment(correction.at)
        return f"{moment}. {self._folios(correction.folios)}" if correction.folios else moment

    def _folios(self, folios: int) -> str:
        return self.text("cargo.folio") if folios == 1 else self.text("cargo.many_folios", n=folios)

    def _person(self, person: Applicant) -> str:
        kinds = {
            "dni": self.text("kind.dni"), "ce": self.text("kind.ce"), "passport": self.text("kind.passport"),
            "ruc": self.text("kind.ruc"),
        }  # fmt: skip
        document = f"{kinds.get(person.kind, person.kind)} {person.number}".strip() if person.number else ""
        return ", ".join(filter(None, (person.name.strip(), document)))
