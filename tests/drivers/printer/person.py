"""Somebody with a printer before them: who looks at the paper, answers what they see, and does what they are told."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.printer.doctor.sheet import CAPITALS, QR_TEXT, SMALLS
from drivers.printer.doctor.technician import Gone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drivers.printer.virtual.printer import VirtualPrinter

YES: Callable[[], bool] = lambda: True  # noqa: E731
NO: Callable[[], bool] = lambda: False  # noqa: E731


@dataclass
class Person:
    """Answers by what a question is about; a question that nobody thought of fails the test."""

    opinions: dict[str, Callable[[], bool]] = field(default_factory=dict)
    choices: list[int] = field(default_factory=list)
    answers: bool = True
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    on_line: Callable[[str], None] = lambda _line: None
    enters: list[bool] = field(default_factory=list)

    def tell(self, line: str) -> None:
        self.said.append(line)
        self.on_line(line)

    def agrees(self, question: str) -> bool:
        assert self.answers, question
        self.asked.append(question)
        opinion = next((opinion for about, opinion in self.opinions.items() if about in question), None)
        assert opinion, f"nobody thought of {question!r}"
        return opinion()

    def chooses(self, question: str, options: Sequence[str]) -> int:
        assert self.answers, question
        self.said += options
        if not self.choices:
            raise Gone
        return self.choices.pop(0)

    def interrupts(self, within_s: float) -> bool:
        if self.enters:
            return self.enters.pop(0)
        time.sleep(within_s / 10)
        return False

    @property
    def heard(self) -> str:
        return "\n".join(self.said)


def nobody() -> Person:
    return Person(answers=False)


def looking_at(printer: VirtualPrinter, **opinions: Callable[[], bool]) -> Person:
    """Somebody who sees what this printer printed last."""

    def shows(*texts: str) -> Callable[[], bool]:
        return lambda: all(text in printer.tickets[-1].text for text in texts)

    return Person(
        {
            "hoja de prueba": YES,
            "1.": shows(CAPITALS, SMALLS),
            "2.": lambda: QR_TEXT in printer.tickets[-1].qr,
            "3.": YES,
            "5.": lambda: printer.view.model.head_dots == 576,
            "4.": lambda: printer.view.model.head_dots == 384,
            "Cortó": lambda: printer.view.model.cutter,
            "sensores": NO,
            "Escribirla": NO,
            **opinions,
        }
    )
