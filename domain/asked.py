"""What a centre asks of an office that has a server of its own: the office decides, and merges it into what it has.

A request says what the centre saw when it asked and what it wants instead. Part by part (`three_way`) the office takes
what is wanted where it still is as the centre saw it, and keeps its own where somebody there changed it since then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec.structs import replace

from domain.calendar import Hours, SpecialDay
from domain.messages import NoticeWords, OfficeSetUp, to_json
from domain.office import QueueRules, Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LARGEST_ASKED = 256 * 1024
"""Bytes of one request. The fullest catalogue that the forms let through, as it was and as it is wanted, has a half."""
LONGEST_TEXT = 1000
LONGEST_PART = 300
LONGEST_NOTICE = 256
MOST_SERVICES = 24
MOST_NOTICES = 20
MOST_CLOSURES = 500

CHANGED_MEANWHILE = "changed_meanwhile"
SET_UP, ACCOUNT, MACHINE = "set_up", "account", "machine"

_Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9._-]{0,64}\Z")]
_Kind = Annotated[str, msgspec.Meta(pattern=r"\A[a-z_]{1,16}\Z")]
_Version = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Down-flow item of scope ``asked``: what the centre wants of one thing of the office, until it is answered.

    ``kind`` and ``subject`` name the thing: how the office is set up (`SET_UP`, no subject), an account, a machine. A
    later ``version`` takes the place of a former one, over a centre that was put back, too. ``after`` is the first
    version that was not answered when this one was asked, 0 for none: the centre cannot have seen what came of those.
    ``by`` is the account, at the centre, of who asks. ``body`` is a `SetUpAsked`, `AccountAsked` or `MachineAsked`.
    """

    kind: _Kind
    subject: _Name
    version: _Version
    after: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    by: _Name
    body: msgspec.Raw


class SetUpAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the office is to be set up: as the centre saw it (``base``), and as it is wanted."""

    base: OfficeSetUp
    wanted: OfficeSetUp


class AccountTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account as its office tells of it: no name of a person, and of its password only another mark for another one.

    ``first`` and ``second`` are its lists of services (`domain.queue.Duty`).
    """

    name: _Name
    role: Annotated[str, msgspec.Meta(max_length=16)]
    first: tuple[Annotated[str, msgspec.Meta(max_length=32)], ...] = ()
    second: tuple[Annotated[str, msgspec.Meta(max_length=32)], ...] = ()
    is_disabled: bool = False
    password_mark: Annotated[str, msgspec.Meta(max_length=16)] = ""


class AccountAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an account is to be; ``base`` None makes it.

    ``password`` is the Argon2 hash of another password and ``full_name`` who a new account is, each sealed to the
    office's key; empty for none. The password itself never leaves the page on which it is shown.
    """

    base: AccountTold | None
    wanted: AccountTold
    password: Annotated[bytes, msgspec.Meta(max_length=1024)] = b""
    full_name: Annotated[bytes, msgspec.Meta(max_length=1024)] = b""


class MachineAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine that shall speak no more: the one that has this key, should another one be called so meanwhile."""

    device_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Kept(msgspec.Struct, frozen=True):
    """A part that the office left as it is there, and why (``kept.WHY`` in the catalogue)."""

    part: Annotated[str, msgspec.Meta(max_length=LONGEST_PART)]
    why: Annotated[str, msgspec.Meta(max_length=32)]


class AskAnswered(msgspec.Struct, frozen=True):
    """``asked.answered``, by the home node: what came of that version. What is not ``kept`` is done."""

    kind: _Kind
    subject: _Name
    version: _Version
    is_done: bool
    kept: tuple[Kept, ...] = ()


class MachineTold(msgspec.Struct, frozen=True):
    """A machine that may speak in its office. A kiosk has a series, a counter's machine a counter."""

    name: _Name
    series: Annotated[str, msgspec.Meta(max_length=2)]
    counter: Annotated[str, msgspec.Meta(max_length=16)]
    device_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class OfficeRoster(msgspec.Struct, frozen=True):
    """``office.roster``, by the home node: the accounts and machines of the office, whole, and what to seal to."""

    seal_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    accounts: Annotated[tuple[AccountTold, ...], msgspec.Meta(max_length=2000)] = ()
    machines: Annotated[tuple[MachineTold, ...], msgspec.Meta(max_length=2000)] = ()


# --- merging ----------------------------------------------------------------------------------------------------

_Parts = dict[str, Any]
_ABSENT = object()
"""A part that is nowhere; None is a value like others."""


@dataclass(frozen=True, slots=True)
class Three:
    """What came of three sides: the parts as they are to be, those that changed by it, and those left as they are."""

    parts: _Parts
    changed: tuple[str, ...]
    kept: tuple[Kept, ...]


def three_way(
    now: Mapping[str, Any],
    base: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    last: Mapping[str, Any] | None = None,
    barred: Mapping[str, str] | None = None,
) -> Three:
    """Merges what is wanted into what there is ``now``, part by part; a part that is in none of them is absent.

    A part is changed where it is as whoever asks saw it (``base``), or as their last request left it, which they could
    not see yet (``last``, see `asked_parts`). ``barred`` are parts that must stay for a reason of the office's.
    """
    found, changed, kept = dict(now), [], []
    for name in dict.fromkeys((*base, *wanted, *(last or ()))):
        is_, was, want = (side.get(name, _ABSENT) for side in (now, base, wanted))
        left = was if last is None else last.get(name, was)
        if not _is_asked(is_, was, want, left):
            continue
        if is_ not in (was, left):
            kept.append(Kept(name[:LONGEST_PART], CHANGED_MEANWHILE))
        elif barred is not None and name in barred:
            kept.append(Kept(name[:LONGEST_PART], barred[name]))
        else:
            changed.append(name)
            if want is _ABSENT:
                del found[name]
            else:
                found[name] = want
    return Three(found, tuple(changed), tuple(kept))


def _is_asked(is_: Any, was: Any, want: Any, left: Any) -> bool:
    """Whether there is something to do: who asks for what was, over their own last request, wants that undone."""
    return bool(is_ != want and (was != want or (left != was and is_ == left)))


def asked_parts(base: Mapping[str, Any], wanted: Mapping[str, Any]) -> _Parts:
    """The parts that are asked to be otherwise, each as it is wanted."""
    names = dict.fromkeys((*base, *wanted))
    sides = {name: (base.get(name, _ABSENT), wanted.get(name, _ABSENT)) for name in names}
    return {name: want for name, (was, want) in sides.items() if was != want}


@dataclass(frozen=True, slots=True)
class Merged:
    """The office as it is to be set up, which parts changed by it, and which were left as they are."""

    set_up: OfficeSetUp
    changed: tuple[str, ...]
    kept: tuple[Kept, ...]


_OF_OFFICE = ("entity", "entity_short", "name", "address", "virtual_desk", "complaints_url", "privacy")
_OF_RULES = ("ordinary_alert_min", "let_pass", "languages")
ORDER = "order"


def merged(
    now: OfficeSetUp,
    asked: SetUpAsked,
    *,
    last: SetUpAsked | None = None,
    barred: Mapping[str, str] | None = None,
) -> Merged:
    """Merges what is asked into how the office is set up; see `three_way`. ``last`` is the request before it.

    The office's id, address for tickets and branches stand in its file, its counters and boards in its rooms: these
    stay. An office never loses its last service.
    """
    there, base, wanted = parts(now), parts(asked.base), parts(asked.wanted)
    left = None if last is None else asked_parts(parts(last.base), parts(last.wanted))
    three = three_way(there, base, wanted, last=left, barred=barred)
    found, changed, kept = dict(three.parts), list(three.changed), list(three.kept)
    if not _codes(found):
        lost = [name for name in changed if name.startswith("service.")]
        found |= {name: there[name] for name in lost}
        changed = [name for name in changed if name not in lost]
        kept += [Kept(name, "last_service") for name in lost]
    left_codes = base if last is None or not _is_reordered(last) else parts(last.wanted)
    ordered = _ordered(_codes(found), *(_codes(side) for side in (there, base, wanted, left_codes)))
    if ordered is None:
        kept.append(Kept(ORDER, CHANGED_MEANWHILE))
    elif ordered != _codes(found):
        changed.append(ORDER)
    return Merged(_rebuilt(now, found, ordered or _codes(found)), tuple(changed), tuple(kept))


def parts(told: OfficeSetUp) -> _Parts:
    """What can be asked for, by name: ``office.FIELD``, ``rules.FIELD``, ``hours``, ``closure.DAY``, ``service.CODE``.

    A notice is named by its words and days. What people make and take away as a whole is a part each, so that two who
    add closures or notices never collide.
    """
    office, hours = told.office, told.office.hours
    found: _Parts = {f"office.{name}": getattr(office, name) for name in _OF_OFFICE}
    found |= {f"rules.{name}": getattr(told.rules, name) for name in _OF_RULES}
    found["hours"] = replace(hours, special_days=())
    found |= {f"closure.{closure.day.isoformat()}": closure for closure in hours.special_days}
    found |= {f"service.{service.code}": service for service in office.services}
    return found | {_notice_name(notice): notice for notice in told.notices}


def changes(asked: SetUpAsked) -> tuple[str, ...]:
    """The names of the parts that are asked to be otherwise."""
    names = tuple(asked_parts(parts(asked.base), parts(asked.wanted)))
    return (*names, ORDER) if _is_reordered(asked) else names


def fits(told: OfficeSetUp, there: OfficeSetUp) -> bool:
    """Whether an office that is set up as ``there`` can be set up so, in letters that a database keeps.

    There is no more of anything than the forms let through; of what its own file brought there may be as much as is.
    """
    return all(count <= most for count, most in zip(_counts(told), _most(there), strict=True)) and all(
        len(text) <= LONGEST_TEXT and "\0" not in text for text in _texts(msgspec.to_builtins(parts(told)))
    )


def _counts(told: OfficeSetUp) -> tuple[int, ...]:
    longest = max((len(notice.words) for notice in told.notices), default=0)
    return len(told.office.services), len(told.notices), len(told.office.hours.special_days), longest


def _most(there: OfficeSetUp) -> tuple[int, ...]:
    limits = (MOST_SERVICES, MOST_NOTICES, MOST_CLOSURES, LONGEST_NOTICE)
    return tuple(map(max, zip(limits, _counts(there), strict=True)))


def _texts(value: Any) -> Iterable[str]:
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from _texts(one)
        case list() | tuple():
            for one in value:
                yield from _texts(one)
        case _:
            pass


def _notice_name(notice: NoticeWords) -> str:
    days = "/".join("" if day is None else day.isoformat() for day in (notice.from_day, notice.to_day))
    return f"notice.{days} {notice.words}"


def _codes(found: Mapping[str, Any]) -> list[str]:
    return [value.code for value in found.values() if isinstance(value, Service)]


def _is_reordered(asked: SetUpAsked) -> bool:
    base, wanted = _codes(parts(asked.base)), _codes(parts(asked.wanted))
    return _among(base, wanted) != _among(wanted, base)


def _among(codes: list[str], others: Iterable[str]) -> list[str]:
    there = set(others)
    return [code for code in codes if code in there]


def _ordered(codes: list[str], now: list[str], base: list[str], wanted: list[str], left: list[str]) -> list[str] | None:
    """The services in the order that is wanted; None where the office ordered them otherwise meanwhile.

    What whoever asks did not know of stands last.
    """
    common = set(now) & set(base) & set(wanted)
    is_, was, want, last = (_among(order, common) for order in (now, base, wanted, left))
    if not _is_asked(is_, was, want, last):
        return codes
    if is_ not in (was, last):
        return None
    places = {code: place for place, code in enumerate(wanted)}
    return sorted(codes, key=lambda code: places.get(code, len(places)))


def _rebuilt(now: OfficeSetUp, found: Mapping[str, Any], codes: list[str]) -> OfficeSetUp:
    hours: Hours = found["hours"]
    closures = tuple(value for value in found.values() if isinstance(value, SpecialDay))
    services = {value.code: value for value in found.values() if isinstance(value, Service)}
    office = replace(
        now.office,
        **{name: found[f"office.{name}"] for name in _OF_OFFICE},
        hours=replace(hours, special_days=closures),
        services=tuple(services[code] for code in codes),
    )
    rules: QueueRules = replace(now.rules, **{name: found[f"rules.{name}"] for name in _OF_RULES})
    notices = tuple(value for value in found.values() if isinstance(value, NoticeWords))
    return replace(now, office=office, rules=rules, notices=notices)


def account_parts(told: AccountTold) -> _Parts:
    """What can be asked of an account, by name; both lists of services are one part."""
    return {
        "role": told.role,
        "lists": (told.first, told.second),
        "is_disabled": told.is_disabled,
        "password": told.password_mark,
    }


def body_of(body: msgspec.Struct) -> msgspec.Raw:
    """A body as it travels."""
    return msgspec.Raw(to_json(body))
