"""/admin/of/OFFICE/users: the accounts of an office that has a server of its own, which is asked to change them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from msgspec import structs

from domain.asked import ACCOUNT, AccountTold
from domain.office import Service
from server.asked_words import View, view_of
from server.asking import accounts_asked
from server.door import account_name
from server.faults import Refusal
from server.passwords import hash_password, new_password
from server.store.accounts import Role
from server.store.asked import standings
from server.store.writer import Transaction
from server.web.admin.forms import Refused, Sheet, Stale, Typed, sheet_of
from server.web.admin.setting import Form, Setting
from server.web.admin.user import LISTS, in_words
from server.web.admin.users import HOME, LONGEST_NAME, chosen_password


def _role_values(one: AccountTold) -> dict[str, str]:
    return {"role": one.role}


def _list_values(one: AccountTold, services: tuple[Service, ...]) -> dict[str, str]:
    def place(code: str) -> str:
        if not one.first or code in one.first:
            return "first"
        return "second" if code in one.second else "none"

    return {f"list_{service.code}": place(service.code) for service in services}


def _door_values(one: AccountTold) -> dict[str, str]:
    return {"password": one.password_mark, "disabled": str(one.is_disabled)}


def _views(setting: Setting) -> dict[str, View]:
    with setting.read.connect() as connection:
        found = standings(connection, setting.office_id, ACCOUNT)
    return {name: view_of(one, None, setting.explainer.texts) for name, one in found.items()}


def users_page(setting: Setting, refused: Refused | None = None, *, made: tuple[str, str] | None = None) -> Template:
    """The accounts, with the form of a new one as it was typed. ``made`` is one that is asked for, and its password."""
    with setting.read.connect() as connection:
        accounts = accounts_asked(connection, setting.office_id)
    form = refused.sheet if refused and refused.sheet.values else Sheet({"role": Role.CLERK.value})
    context = {
        "accounts": accounts,
        "views": _views(setting),
        "form": form,
        "made": made,
        "asked": setting.asked(ACCOUNT),
    }
    return setting.page("admin_asked_users.html", "users", refused, **context)


def user_page(
    setting: Setting, name: str, part: str = "", refused: Refused | None = None, *, secret: str = ""
) -> Template:
    """One account, with the form ``part`` as it was typed. ``secret`` is a password that is asked for."""
    one, services = _existing(setting, name), setting.now()[0].services
    forms = {
        "role": sheet_of(_role_values(one)),
        "lists": sheet_of(_list_values(one, services)),
        "password": Sheet({}, sheet_of(_door_values(one)).seen),
    }
    if refused is not None and part == "password":
        forms[part] = Sheet({}, forms[part].seen, refused.sheet.faults)
    elif refused is not None and part:
        forms[part] = refused.sheet
    context = {"one": one, "services": services, "forms": forms, "secret": secret}
    return setting.page("admin_asked_user.html", "users", refused, asked=setting.asked(ACCOUNT, name), **context)


def _existing(setting: Setting, name: str, transaction: Transaction | None = None) -> AccountTold:
    if transaction is None:
        with setting.read.connect() as connection:
            accounts = accounts_asked(connection, setting.office_id)
    else:
        accounts = accounts_asked(transaction.connection, setting.office_id)
    found = next((one for one in accounts if one.name == name), None)
    if found is None:
        raise Refusal(404, "no_account")
    return found


@get("/users", sync_to_thread=True)
def show(setting: NamedDependency[Setting]) -> Template:
    """Every account of the office, as far as it told of them."""
    return users_page(setting)


@get("/users/{name:str}", sync_to_thread=True)
def show_one(setting: NamedDependency[Setting], name: FromPath[str]) -> Template:
    """An account."""
    return user_page(setting, name)


@post("/users", status_code=200)
async def add(
    setting: NamedDependency[Setting], slots: NamedDependency[CapacityLimiter], data: Form
) -> Response[Any] | Template:
    """Asks for an account. Its password is shown once if nobody typed one."""
    return await to_thread.run_sync(partial(_add, setting, Typed(data)), limiter=slots)


def _add(setting: Setting, typed: Typed) -> Response[Any] | Template:
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
            asker = setting.asker(transaction)
            if any(one.name == name for one in accounts_asked(transaction.connection, setting.office_id)):
                typed.refuse("user_name", "name_taken")
                typed.check()
            asker.account(AccountTold(name, role.value), hashed=hashed, full_name=full_name)
            setting.person.note(transaction, "account.added", name, setting.explainer.text(f"role.{role.value}"))

        setting.do(unit)
        return "asked"

    answer = setting.settle(typed, act, partial(users_page, setting), HOME)
    if typed.secret("password") or name is None or answer.status_code != 303:  # noqa: PLR2004 HTTP
        return answer
    return users_page(setting, made=(name, secret))


@post("/users/{name:str}/role", status_code=200, sync_to_thread=True)
def save_role(setting: NamedDependency[Setting], name: FromPath[str], data: Form) -> Response[Any]:
    """Asks for another role."""
    typed = Typed(data)
    role = typed.choice("role", [one.value for one in Role])

    def change(one: AccountTold) -> AccountTold:
        if one.role != role and not typed.is_fresh(_role_values(one)):
            raise Stale(_role_values(one))
        return structs.replace(one, role=role)

    words = setting.explainer.text(f"role.{role}")
    return _change(setting, (name, "role"), typed, change, ("account.changed", words))


@post("/users/{name:str}/lists", status_code=200, sync_to_thread=True)
def save_lists(setting: NamedDependency[Setting], name: FromPath[str], data: Form) -> Response[Any]:
    """Asks for other services. All on the first list means every service, those of the future too."""
    typed, services = Typed(data), setting.now()[0].services
    wanted = {f"list_{one.code}": typed.choice(f"list_{one.code}", LISTS) for one in services}
    if "first" not in wanted.values():
        typed.refuse("lists", "first_list")
    first, second = (tuple(one.code for one in services if wanted[f"list_{one.code}"] == which) for which in LISTS[:2])

    def change(one: AccountTold) -> AccountTold:
        shown = _list_values(one, services)
        if wanted == shown:
            return one
        if not typed.is_fresh(shown):
            raise Stale(shown)
        return structs.replace(one, first=() if len(first) == len(services) else first, second=second)

    return _change(setting, (name, "lists"), typed, change, ("account.lists", in_words(first, second)))


@post("/users/{name:str}/password", status_code=200)
async def give_password(
    setting: NamedDependency[Setting], slots: NamedDependency[CapacityLimiter], name: FromPath[str], data: Form
) -> Response[Any] | Template:
    """Asks for a new password, of which only the hash travels. It is shown once if nobody typed one."""
    return await to_thread.run_sync(partial(_give_password, setting, name, Typed(data)), limiter=slots)


def _give_password(setting: Setting, name: str, typed: Typed) -> Response[Any] | Template:
    secret = chosen_password(typed, "password") or new_password()
    hashed = hash_password(secret) if not typed.faults else ""

    def fresh(one: AccountTold) -> AccountTold:
        if not typed.is_fresh(_door_values(one)):
            raise Stale({})
        return one

    answer = _change(setting, (name, "password"), typed, fresh, ("account.password", ""), hashed=hashed)
    if typed.secret("password") or answer.status_code != 303:  # noqa: PLR2004 HTTP
        return answer
    return user_page(setting, name, secret=secret)


@post("/users/{name:str}/{step:str}", status_code=200, sync_to_thread=True)
def open_or_close(
    setting: NamedDependency[Setting], name: FromPath[str], step: FromPath[str], data: Form
) -> Response[Any]:
    """Asks that an account be disabled, or enabled again."""
    if step not in {"disable", "enable"}:
        raise Refusal(404, "not_found")

    def change(one: AccountTold) -> AccountTold:
        return structs.replace(one, is_disabled=step == "disable")

    return _change(setting, (name, ""), Typed(data), change, (f"account.{step}d", ""))


def _change(
    setting: Setting,
    form: tuple[str, str],
    typed: Typed,
    change: Callable[[AccountTold], AccountTold],
    deed: tuple[str, str],
    *,
    hashed: str = "",
) -> Response[Any]:
    """Asks for what ``change`` makes of the account as it is asked to be by now; ``deed`` is for the audit log.

    ``form`` is whose it is, and which of that page's.
    """
    name, part = form

    def unit(transaction: Transaction) -> None:
        asker = setting.asker(transaction)
        before = _existing(setting, name, transaction)
        after = change(before)
        if after == before and not hashed:
            return
        asker.account(after, hashed=hashed)
        setting.person.note(transaction, deed[0], name, deed[1])

    def act() -> str:
        typed.check()
        setting.do(unit)
        return "asked"

    return setting.settle(typed, act, partial(user_page, setting, name, part), f"{HOME}/{name}")


PAGES = [show, show_one, add, save_role, save_lists, give_password, open_or_close]
