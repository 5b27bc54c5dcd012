"""/admin/users/NAME: one account."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from domain.office import Service
from server.faults import Refusal
from server.passwords import hash_password, new_password
from server.store.accounts import Role, set_role
from server.store.settings import read_filing_rules
from server.store.staff import Account, account_of, administrators, change_account, end_sessions, set_lists
from server.store.versions import queue_topic
from server.store.writer import Transaction
from server.web.admin.forms import Refused, Sheet, Stale, Typed, differences, sheet_of
from server.web.admin.setting import Form, Setting
from server.web.admin.users import HOME, LONGEST_NAME, chosen_password

LISTS = ("first", "second", "none")


def person_values(one: Account) -> Mapping[str, str]:
    """Who it is and what they may do, as the form shows it."""
    return {"full_name": one.full_name, "role": one.role.value, "unit": one.unit}


def list_values(one: Account, services: tuple[Service, ...]) -> Mapping[str, str]:
    """On which list each service stands; without a first list every service is on it."""

    def place(code: str) -> str:
        if not one.first_list or code in one.first_list:
            return "first"
        return "second" if code in one.second_list else "none"

    return {f"list_{service.code}": place(service.code) for service in services}


def door_values(one: Account) -> Mapping[str, str]:
    """What changes whenever the account gets another password or is disabled; it is shown to nobody."""
    return {"password": one.password_hash, "disabled": str(one.disabled_at or "")}


def user_page(
    setting: Setting, name: str, part: str = "", refused: Refused | None = None, *, secret: str = ""
) -> Template:
    """An account's page, with the form ``part`` as it was typed. ``secret`` is a password just made.

    Raises:
        Refusal: 404, there is no such account.
    """
    with setting.read.connect() as connection:
        one = account_of(connection, name)
        units = read_filing_rules(connection, setting.office_id).units
    if one is None:
        raise Refusal(404, "no_account")
    services = setting.now()[0].services
    forms = {
        "person": sheet_of(person_values(one)),
        "lists": sheet_of(list_values(one, services)),
        "password": Sheet({}, sheet_of(door_values(one)).seen),
    }
    if refused is not None and part == "password":  # nothing typed is kept, and it is asked for over what is saved now
        forms[part] = replace(forms[part], faults=refused.sheet.faults)
    elif refused is not None and part:
        forms[part] = refused.sheet
    return setting.page(
        "admin_user.html",
        "users",
        refused,
        one=one,
        services=services,
        units=units,
        forms=forms,
        secret=secret,
        may_change=setting.person.clerk.role.covers(Role.ADMINISTRATOR),
        is_me=name == setting.person.clerk.name,
    )


@get("/users/{name:str}", sync_to_thread=True)
def show(setting: NamedDependency[Setting], name: FromPath[str]) -> Template:
    """An account."""
    return user_page(setting, name)


@post("/users/{name:str}/person", status_code=200, sync_to_thread=True)
def save(setting: NamedDependency[Setting], name: FromPath[str], data: Form) -> Response[Any]:
    """Sets a name and a role. Somebody must remain who is an administrator."""
    setting.person.require(Role.ADMINISTRATOR)
    typed = Typed(data)

    def act() -> str:
        full_name = typed.line("full_name", most=LONGEST_NAME)
        role = Role(typed.choice("role", [one.value for one in Role]))
        typed.check()

        def unit(transaction: Transaction) -> None:
            connection = transaction.connection
            others = [one for one in administrators(connection) if one != name]
            before = _existing(transaction, name)
            units = [one.code for one in read_filing_rules(connection, setting.office_id).units]
            works_in = typed.choice("unit", ["", before.unit, *units])
            typed.check()
            after = {"full_name": full_name, "role": role.value, "unit": works_in}
            if person_values(before) == after:
                return
            if not typed.is_fresh(person_values(before)):
                raise Stale(person_values(before))
            is_lost = before.role is Role.ADMINISTRATOR and role is not Role.ADMINISTRATOR
            if is_lost and not before.is_disabled and not others:
                raise Refusal(409, "last_administrator")
            change_account(connection, name, full_name=full_name, unit=works_in)
            set_role(connection, name, role, setting.person.clock.now())
            changed = differences(_worded(setting, person_values(before)), _worded(setting, after), setting.label)
            setting.person.note(transaction, "account.changed", name, changed)
            setting.touch(transaction)

        setting.do(unit)
        return "saved"

    return setting.settle(typed, act, partial(user_page, setting, name, "person"), f"{HOME}/{name}")


@post("/users/{name:str}/lists", status_code=200, sync_to_thread=True)
def save_lists(setting: NamedDependency[Setting], name: FromPath[str], data: Form) -> Response[Any]:
    """Sets what somebody serves. All on the first list means every service, those of the future too."""
    typed = Typed(data)

    def unit(transaction: Transaction) -> None:
        services = setting.saved(transaction.connection)[0].services
        before = _existing(transaction, name)
        shown = list_values(before, services)
        after = {field: typed.choice(field, LISTS) for field in shown}
        if "first" not in after.values():
            typed.refuse("lists", "first_list")
        typed.check()
        if after == shown:
            return
        if not typed.is_fresh(shown):
            raise Stale(shown)
        first, second = ([one.code for one in services if after[f"list_{one.code}"] == which] for which in LISTS[:2])
        set_lists(transaction.connection, name, [] if len(first) == len(services) else first, second)
        setting.person.note(transaction, "account.lists", name, in_words(first, second))
        setting.touch(transaction)
        transaction.touch(queue_topic(setting.office_id))  # who is called where, and so how many are before one

    def act() -> str:
        setting.do(unit)
        return "lists"

    return setting.settle(typed, act, partial(user_page, setting, name, "lists"), f"{HOME}/{name}")


def in_words(first: Collection[str], second: Collection[str]) -> str:
    """The two lists of services, for the audit log."""
    return ", ".join(first) + (f" / {', '.join(second)}" if second else "")


@post("/users/{name:str}/password", status_code=200)
async def give_password(
    setting: NamedDependency[Setting],
    slots: NamedDependency[CapacityLimiter],
    name: FromPath[str],
    data: Form,
) -> Response[Any] | Template:
    """Gives somebody a new password and signs them out. It is shown once if nobody typed one."""
    setting.person.require(Role.ADMINISTRATOR)
    return await to_thread.run_sync(partial(_give_password, setting, name, Typed(data)), limiter=slots)


def _give_password(setting: Setting, name: str, typed: Typed) -> Response[Any] | Template:
    secret = chosen_password(typed, "password") or new_password()

    def act() -> str:
        typed.check()
        hashed = hash_password(secret)

        def unit(transaction: Transaction) -> None:
            before = _existing(transaction, name)
            if not typed.is_fresh(door_values(before)):
                raise Stale({})
            change_account(transaction.connection, name, password_hash=hashed)
            end_sessions(transaction.connection, name, but=setting.person.clerk.token_hash)
            setting.person.note(transaction, "account.password", name)
            setting.touch(transaction)

        setting.do(unit)
        return "password"

    answer = setting.settle(typed, act, partial(user_page, setting, name, "password"), f"{HOME}/{name}")
    if typed.secret("password") or answer.status_code != 303:  # noqa: PLR2004 HTTP
        return answer
    return user_page(setting, name, secret=secret)


@post("/users/{name:str}/{step:str}", status_code=200, sync_to_thread=True)
def open_or_close(
    setting: NamedDependency[Setting], name: FromPath[str], step: FromPath[str], data: Form
) -> Response[Any]:
    """Disables an account, which ends its sessions at once, or enables it again."""
    setting.person.require(Role.ADMINISTRATOR)
    if step not in {"disable", "enable"}:
        raise Refusal(404, "not_found")

    def unit(transaction: Transaction) -> None:
        connection = transaction.connection
        others = [one for one in administrators(connection) if one != name]
        before = _existing(transaction, name)
        if before.is_disabled == (step == "disable"):
            return
        if step == "disable":
            if name == setting.person.clerk.name:
                raise Refusal(409, "not_yourself")
            if not others:
                raise Refusal(409, "last_administrator")
            end_sessions(connection, name)
        change_account(connection, name, disabled_at=setting.person.clock.now() if step == "disable" else None)
        setting.person.note(transaction, f"account.{step}d", name)
        setting.touch(transaction)
        transaction.touch(queue_topic(setting.office_id))

    def act() -> str:
        setting.do(unit)
        return f"{step}d"

    return setting.settle(Typed(data), act, partial(user_page, setting, name, ""), f"{HOME}/{name}")


def _worded(setting: Setting, values: Mapping[str, str]) -> Mapping[str, str]:
    return dict(values) | {"role": setting.explainer.text(f"role.{values['role']}")}


def _existing(transaction: Transaction, name: str) -> Account:
    found = account_of(transaction.connection, name, to_change=True)
    if found is None:
        raise Refusal(404, "no_account")
    return found


PAGES = [show, save, save_lists, give_password, open_or_close]
