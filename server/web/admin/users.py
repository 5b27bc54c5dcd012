"""/admin/users: who works here, what each may do, and the look at all of them that is due every six months."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Template

from domain.office import Service
from server.door import Door, account_name
from server.passwords import LONGEST, SHORTEST, hash_password, new_password
from server.store.accounts import Role, account_exists, add_account
from server.store.settings import read_filing_rules
from server.store.staff import Account, change_account, everybody
from server.store.writer import Transaction
from server.web.admin.forms import Refused, Sheet, Stale, Typed, mark_of
from server.web.admin.setting import Form, Setting

HOME = "/admin/users"
LONGEST_NAME = 80


def users_part(accounts: list[Account]) -> Mapping[str, str]:
    """What whoever reviews the accounts has seen of them."""
    return {one.name: f"{one.role.value} {one.is_disabled}" for one in accounts}


def users_page(
    setting: Setting, door: Door, refused: Refused | None = None, *, made: tuple[str, str] | None = None
) -> Template:
    """The list, with the form of a new account as it was typed. ``made`` is a new account and its password."""
    with setting.read.connect() as connection:
        accounts = everybody(connection)
        units = {unit.code: unit.name for unit in read_filing_rules(connection, setting.office_id).units}
    now = setting.person.clock.now()
    active = [one for one in accounts if not one.is_disabled]
    return setting.page(
        "admin_users.html",
        "users",
        refused,
        accounts=accounts,
        units=units,
        there={clerk.name: clerk.counter for clerk in door.at_counters(setting.office_id)},
        form=refused.sheet if refused and refused.sheet.values else Sheet({"role": Role.CLERK.value}),
        made=made,
        seen=mark_of(users_part(accounts)),
        due=[one.name for one in active if one.is_review_due(now)],
        reviewed_at=max((one.reviewed_at or 0 for one in active), default=0),
        unserved=[service.name for service in unserved(setting.now()[0].services, active)],
        may_change=setting.person.clerk.role.covers(Role.ADMINISTRATOR),
    )


def unserved(services: tuple[Service, ...], active: list[Account]) -> list[Service]:
    """The services that stand on no clerk's list, though every clerk has lists: nobody would call for them."""
    clerks = [one for one in active if one.role is Role.CLERK]
    if not clerks or any(not one.first_list for one in clerks):
        return []
    served = {code for one in clerks for code in (*one.first_list, *one.second_list)}
    return [service for service in services if service.code not in served]


@get("/users", sync_to_thread=True)
def show(setting: NamedDependency[Setting], door: NamedDependency[Door]) -> Template:
    """Every account."""
    return users_page(setting, door)


@post("/users", status_code=200)
async def add(
    setting: NamedDependency[Setting],
    door: NamedDependency[Door],
    slots: NamedDependency[CapacityLimiter],
    data: Form,
) -> Response[Any] | Template:
    """Makes an account. Its password is shown once if nobody typed one."""
    setting.person.require(Role.ADMINISTRATOR)
    return await to_thread.run_sync(partial(_add, setting, door, Typed(data)), limiter=slots)


def _add(setting: Setting, door: Door, typed: Typed) -> Response[Any] | Template:
    secret = chosen_password(typed, "password") or new_password()
    name = account_name(typed.line("user_name", most=64, required=True))

    def act() -> str:
        if name is None:
            typed.refuse("user_name", "bad_name")
        full_name = typed.line("full_name", most=LONGEST_NAME)
        role = Role(typed.choice("role", [one.value for one in Role]))
        typed.check()
        hashed = hash_password(secret)

        def unit(transaction: Transaction) -> None:
            assert name is not None
            if account_exists(transaction.connection, name):
                typed.refuse("user_name", "name_taken")
                typed.check()
            add_account(transaction.connection, name, hashed, setting.person.clock.now(), role=role)
            change_account(transaction.connection, name, full_name=full_name)
            setting.person.note(transaction, "account.added", name, setting.explainer.text(f"role.{role.value}"))
            setting.touch(transaction)

        setting.do(unit)
        return "added"

    answer = setting.settle(typed, act, partial(users_page, setting, door), HOME)
    if typed.secret("password") or name is None or answer.status_code != 303:  # noqa: PLR2004 HTTP
        return answer
    return users_page(setting, door, made=(name, secret))


def chosen_password(typed: Typed, name: str) -> str:
    """A password that somebody chose, empty for none; what is wrong with it is noted."""
    password = typed.secret(name)
    if password and len(password) < SHORTEST:
        typed.refuse(name, "password_short", str(SHORTEST))
    if len(password) > LONGEST:
        typed.refuse(name, "password_long", str(LONGEST))
    return password[: LONGEST + 1]


@post("/users/reviewed", status_code=200, sync_to_thread=True)
def review(setting: NamedDependency[Setting], door: NamedDependency[Door], data: Form) -> Response[Any]:
    """Notes that somebody looked at all accounts and their roles, as they were shown."""
    setting.person.require(Role.ADMINISTRATOR)
    typed = Typed(data)

    def unit(transaction: Transaction) -> None:
        accounts = everybody(transaction.connection)
        if not typed.is_fresh(users_part(accounts)):
            raise Stale({})
        active = [one.name for one in accounts if not one.is_disabled]
        for name in active:
            change_account(transaction.connection, name, reviewed_at=setting.person.clock.now())
        setting.person.note(transaction, "account.reviewed", "", ", ".join(active))

    def act() -> str:
        setting.do(unit)
        return "reviewed"

    def page(refused: Refused) -> Template:
        return users_page(setting, door, replace(refused, sheet=Sheet({})))

    return setting.settle(typed, act, page, HOME)


PAGES = [show, add, review]
