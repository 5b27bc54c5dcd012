"""The numbers of what is received: gapless in the register, unique for an expediente, and never given twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.filings import LARGEST_NUMBER, expediente_number
from domain.messages import NumbersPassedOver
from server.faults import Refusal
from server.store.filings import REGISTER, last_number, note_number, pass_over
from server.store.node import epoch_now, record

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.filings import FilingRules
    from server.store.node import Node

RESTORED = "restored"
"""Why numbers are passed over: the database was put back, and its former life may have given them to people."""
PASSED_OVER_A_LIFE = 200
"""How many: more than an office gives out between two nightly copies."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a filing is called: its place in the register of the year, and its expediente."""

    year: int
    n: int
    expediente: str
    series: str
    serial: int


def give_numbers(connection: Connection, node: Node, office: str, rules: FilingRules, now: Micros) -> Numbers:
    """The next numbers, in the transaction that receives the filing: both are used, or neither.

    Raises:
        Refusal: 503, the year has no more of them.
    """
    year, siglas = in_lima(now).year, rules.siglas_of(office)
    n = _next(connection, node, office, year, REGISTER, now=now)
    serial = _next(connection, node, office, year, siglas, now=now)
    return Numbers(year, n, expediente_number(rules.pattern, siglas=siglas, year=year, n=serial), siglas, serial)


def _next(connection: Connection, node: Node, office: str, year: int, series: str, *, now: Micros) -> int:
    last, life = last_number(connection, office, year, series)
    present = epoch_now(connection)
    if last and life < present:
        first, last = last + 1, last + PASSED_OVER_A_LIFE
        _pass_over(connection, node, office, NumbersPassedOver(year, series, first, last, RESTORED), now=now)
    if last >= LARGEST_NUMBER:
        raise Refusal(503, "no_numbers")
    note_number(connection, office, year, series, last=last + 1, life=present)
    return last + 1


def _pass_over(connection: Connection, node: Node, office: str, body: NumbersPassedOver, *, now: Micros) -> None:
    pass_over(connection, office, body, now)
    day = in_lima(now).date()
    record(connection, node, body, kind="register.passed_over", office=office, day=day, now=now)
