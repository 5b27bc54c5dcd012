"""/admin/filing: how the office numbers what it receives, how long people have, and what its lists offer.

The code of a unit or of a type stands in filings for ever, so it is given to one thing only; its name may change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from msgspec.structs import replace
from sqlalchemy import Connection

from domain.clock import in_lima
from domain.filings import DocumentType, FilingRules, NumbersFrom, RegisterNumber, Unit, expediente_number
from server.faults import Refusal
from server.store.filings import filing_by_expediente, load_of_units, next_number, types_used, units_used
from server.store.settings import read_filing_rules, save_filing_rules
from server.store.staff import who_works_in
from server.store.writer import Transaction
from server.web.admin.forms import Refused, Sheet, Stale, Typed, differences, sheet_of
from server.web.admin.services import code_of
from server.web.admin.setting import Form, Setting

HOME = "/admin/filing"
MOST_ITEMS = 200
_CODE = msgspec.json.Decoder(Unit)

Change = Callable[[FilingRules, Connection], FilingRules]
Part = Callable[[FilingRules], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two lists: its word in addresses, how long its names are, and what stands in it."""

    word: str
    longest: int
    make: type[Unit] | type[DocumentType]

    def of(self, rules: FilingRules) -> tuple[Unit, ...] | tuple[DocumentType, ...]:
        """What stands in the list."""
        return rules.units if self.word == "units" else rules.types

    def put(self, rules: FilingRules, items: tuple[Any, ...]) -> FilingRules:
        """The rules with another list."""
        return replace(rules, units=items) if self.word == "units" else replace(rules, types=items)

    def used(self, connection: Connection, office: str) -> set[str]:
        """The codes that stand in filings."""
        return units_used(connection, office) if self.word == "units" else types_used(connection, office)


KINDS = {"units": Kind("units", 96, Unit), "types": Kind("types", 64, DocumentType)}


def numbers_part(rules: FilingRules) -> Mapping[str, str]:
    """How numbers are written, as its form shows it."""
    giver = rules.numbers_from.value
    return {"siglas": rules.siglas, "number_pattern": rules.pattern, "numbers_from": giver}


def days_part(rules: FilingRules) -> Mapping[str, str]:
    """How long people and the entity have, as its form shows it."""
    return {"correction_days": str(rules.correction_days), "due_days": str(rules.due_days)}


def item_part(kind: Kind, code: str, rules: FilingRules) -> Mapping[str, str]:
    """One unit or type, as its form shows it.

    Raises:
        Refusal: 404, it was taken away.
    """
    found = next((one for one in kind.of(rules) if one.code == code), None)
    if found is None:
        raise Refusal(404, "item_gone")
    return {"item_name": found.name}


def filing_page(setting: Setting, name: str = "", refused: Refused | None = None) -> Template:
    """The page, with the form ``name`` as it was typed."""
    office = setting.office_id
    with setting.read.connect() as connection:
        rules = read_filing_rules(connection, office)
        load, people = load_of_units(connection, office), who_works_in(connection)
        year = in_lima(setting.person.clock.now()).year
        series = rules.siglas_of(office)
        n = next_number(connection, office, year, series)
    forms = {"numbers": sheet_of(numbers_part(rules)), "days": sheet_of(days_part(rules))}
    forms |= {word: Sheet({}) for word in KINDS}
    for word, kind in KINDS.items():
        forms |= {f"{word}/{one.code}": sheet_of({"item_name": one.name}) for one in kind.of(rules)}
    if refused is not None and name:  # what was taken away meanwhile stands ready to be added anew
        forms[name if name in forms else name.partition("/")[0]] = refused.sheet
    return setting.page(
        "admin_filing.html",
        "filing",
        refused,
        forms=forms,
        rules=rules,
        load=load,
        people=people,
        default_series=replace(rules, siglas="").siglas_of(office),
        year=year,
        n=n,
        example=expediente_number(rules.pattern, siglas=series, year=year, n=n),
        register=RegisterNumber(year, office, n),
    )


@get("/filing", sync_to_thread=True)
def show(setting: NamedDependency[Setting]) -> Template:
    """How the office files."""
    return filing_page(setting)


@post("/filing/numbers", status_code=200, sync_to_thread=True)
def save_numbers(setting: NamedDependency[Setting], data: Form) -> Response[Any]:
    """Sets how numbers are written from the next one on; those that were given stay."""
    typed = Typed(data)

    def act() -> str:
        giver = NumbersFrom(typed.choice("numbers_from", [one.value for one in NumbersFrom]))
        is_own = giver is NumbersFrom.OFFICE  # the series of the centre is nobody's unless it has a name
        siglas = typed.line("siglas", most=14, required=not is_own).upper()
        pattern = typed.line("number_pattern", most=64)

        def change(rules: FilingRules, connection: Connection) -> FilingRules:
            made = replace(_numbered(typed, rules, siglas, pattern), numbers_from=giver)
            if is_own and made != rules and not typed.faults and _is_given(setting, connection, made):
                typed.refuse("number_pattern", "number_given")
            return made

        _change(setting, typed, change, part=numbers_part)
        return "numbers"

    return setting.settle(typed, act, partial(filing_page, setting, "numbers"), HOME)


def _numbered(typed: Typed, rules: FilingRules, siglas: str, pattern: str) -> FilingRules:
    """The rules with other numbers; what cannot be is noted at its field."""
    try:
        msgspec.convert({"siglas": siglas}, FilingRules)
    except msgspec.ValidationError:
        typed.refuse("siglas", "siglas")
        return rules
    try:
        return replace(rules, siglas=siglas, pattern=pattern)
    except ValueError:
        typed.refuse("number_pattern", "pattern")
        return rules


def _is_given(setting: Setting, connection: Connection, rules: FilingRules) -> bool:
    """Whether the first number of the new format is somebody's already."""
    office, year = setting.office_id, in_lima(setting.person.clock.now()).year
    series = rules.siglas_of(office)
    n = next_number(connection, office, year, series)
    number = expediente_number(rules.pattern, siglas=series, year=year, n=n)
    return filing_by_expediente(connection, office, number) is not None


@post("/filing/days", status_code=200, sync_to_thread=True)
def save_days(setting: NamedDependency[Setting], data: Form) -> Response[Any]:
    """Sets the days for whatever is received from now on."""
    typed = Typed(data)

    def act() -> str:
        correction, due = typed.number("correction_days", 1, 10), typed.number("due_days", 1, 60)
        _change(
            setting,
            typed,
            lambda rules, _connection: replace(rules, correction_days=correction, due_days=due),
            part=days_part,
        )
        return "days"

    return setting.settle(typed, act, partial(filing_page, setting, "days"), HOME)


# --- the lists --------------------------------------------------------------------------------------------------


@post("/filing/{word:str}", status_code=200, sync_to_thread=True)
def add(setting: NamedDependency[Setting], word: FromPath[str], data: Form) -> Response[Any]:
    """Adds a unit or a type, under a code that no filing bears: it would seem to be what that code was."""
    kind, typed = _kind(word), Typed(data)

    def act() -> str:
        name = typed.line("item_name", most=kind.longest, required=True)
        code = typed.line("item_code", most=32) or code_of(name)
        item = kind.make(code, name)

        def change(rules: FilingRules, connection: Connection) -> FilingRules:
            there = kind.of(rules)
            if item in there:
                return rules
            if any(one.code == code for one in there):
                typed.refuse("item_code", "code_taken")
            elif code in kind.used(connection, setting.office_id):
                typed.refuse("item_code", "code_used")
            if len(there) >= MOST_ITEMS:
                typed.refuse("item_name", "too_many_lines", str(MOST_ITEMS))
            return kind.put(rules, (*there, item))

        if name and not _is_code(code):
            typed.refuse("item_code" if typed.shown.get("item_code") else "item_name", "bad_code")
        _change(setting, typed, change, subject=code, detail=f"+ {name}")
        return "added"

    return setting.settle(typed, act, partial(filing_page, setting, word), HOME)


@post("/filing/{word:str}/{code:str}", status_code=200, sync_to_thread=True)
def rename(setting: NamedDependency[Setting], word: FromPath[str], code: FromPath[str], data: Form) -> Response[Any]:
    """Calls a unit or a type otherwise, in what was received too."""
    kind, typed = _kind(word), Typed(data)

    def act() -> str:
        name = typed.line("item_name", most=kind.longest, required=True)

        def change(rules: FilingRules, _connection: Connection) -> FilingRules:
            item_part(kind, code, rules)
            items = (kind.make(code, name) if one.code == code else one for one in kind.of(rules))
            return kind.put(rules, tuple(items))

        _change(setting, typed, change, part=partial(item_part, kind, code), subject=code)
        return "renamed"

    return setting.settle(typed, act, partial(filing_page, setting, f"{word}/{code}"), HOME)


@post("/filing/{word:str}/{code:str}/remove", status_code=200, sync_to_thread=True)
def remove(setting: NamedDependency[Setting], word: FromPath[str], code: FromPath[str], data: Form) -> Response[Any]:
    """Takes a unit or a type away, unless something is there; what is not there stays away."""
    kind, typed = _kind(word), Typed(data)

    def change(rules: FilingRules, connection: Connection) -> FilingRules:
        kept = tuple(one for one in kind.of(rules) if one.code != code)
        if len(kept) == len(kind.of(rules)):
            return rules
        if not typed.is_fresh(item_part(kind, code, rules)):
            raise Stale(item_part(kind, code, rules))
        _may_go(setting, kind, code, connection, is_last=not kept)
        return kind.put(rules, kept)

    def act() -> str:
        _change(setting, typed, change, subject=code, detail=f"- {code}")
        return "removed"

    return setting.settle(typed, act, partial(filing_page, setting, f"{word}/{code}"), HOME)


def _may_go(setting: Setting, kind: Kind, code: str, connection: Connection, *, is_last: bool) -> None:
    """Raises: Refusal 409, something needs it."""
    if kind.word == "types":
        if is_last:
            raise Refusal(409, "last_type")
        return
    there = load_of_units(connection, setting.office_id).get(code, 0)
    if there:
        raise Refusal(409, "unit_busy", n=str(there))
    people = who_works_in(connection).get(code, [])
    if people:
        raise Refusal(409, "unit_staffed", who=", ".join(people[:5]))


def _kind(word: str) -> Kind:
    if word not in KINDS:
        raise Refusal(404, "not_found")
    return KINDS[word]


def _is_code(code: str) -> bool:
    try:
        _CODE.decode(msgspec.json.encode({"code": code, "name": "x"}))
    except msgspec.ValidationError:
        return False
    return True


def _change(
    setting: Setting, typed: Typed, change: Change, *, part: Part | None = None, subject: str = "", detail: str = ""
) -> None:
    """As `Setting.change`, of how the office files.

    Raises:
        Unfit: something was typed that cannot be.
        Stale: somebody else changed this part since the form was shown.
    """
    typed.check()

    def unit(transaction: Transaction) -> None:
        connection, office = transaction.connection, setting.office_id
        setting.saved(connection, to_change=True)  # of two changes neither is lost
        before = read_filing_rules(connection, office)
        after = change(before, connection)
        typed.check()
        if after == before:
            return
        shown = {} if part is None else part(before)
        if part is not None and not typed.is_fresh(shown):
            raise Stale(shown)
        by, now = setting.person.clerk.name, setting.person.clock.now()
        save_filing_rules(connection, office, after, by=by, now=now)
        setting.set_up(transaction)
        changed = detail if part is None else differences(shown, part(after), setting.label)
        setting.person.note(transaction, "filing.rules", subject, changed)

    setting.do(unit)


PAGES = [show, save_numbers, save_days, add, rename, remove]
