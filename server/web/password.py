"""/password: everybody changes their own password, at a counter or without one."""

from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation
from litestar.response import Redirect, Template

from domain.clock import Clock
from server.door import Door
from server.faults import Refusal
from server.passwords import hash_password
from server.store.accounts import Clerk, note_action
from server.store.staff import change_account, end_sessions
from server.store.versions import office_topic
from server.store.writer import Transaction, Writer
from server.web.admin.forms import Sheet, Typed, Unfit
from server.web.admin.setting import Form
from server.web.admin.users import chosen_password
from server.web.desk import SIGN_INS_AT_ONCE, address_of, cookie_name, signed_out
from server.web.faults import Explainer
from server.web.headers import same_origin

AnyRequest = Request[Any, Any, State]


def whoever(request: AnyRequest, *, door: NamedDependency[Door]) -> Clerk:
    """Who sent the request, whatever their role.

    Raises:
        Refusal: 401, nobody is signed in.
    """
    clerk = door.who(request.cookies.get(cookie_name(request)))
    if clerk is None:
        raise Refusal(401, "signed_out")
    return clerk


def password_page(
    clerk: Clerk, form: Sheet, status: int = 200, *, alert: str | None = None, done: str = ""
) -> Template:
    """The form. It shows no password that was typed."""
    context = {"clerk": clerk, "form": form, "alert": alert, "done": done}
    return Template("password.html", context=context, status_code=status)


@get("/", sync_to_thread=False)
def show(request: AnyRequest, whoever: NamedDependency[SkipValidation[Clerk]]) -> Template:
    """The form."""
    return password_page(whoever, Sheet({}), done=request.query_params.get("done", ""))


@post("/", status_code=200)
async def change(
    request: AnyRequest,
    data: Form,
    *,
    whoever: NamedDependency[SkipValidation[Clerk]],
    door: NamedDependency[Door],
    writer: NamedDependency[Writer],
    clock: NamedDependency[SkipValidation[Clock]],
    explainer: NamedDependency[Explainer],
    slots: NamedDependency[CapacityLimiter],
) -> Response[Any]:
    """Changes the password, and ends every other session of theirs."""
    address = address_of(request)
    work = partial(_change, Typed(data), clerk=whoever, door=door, writer=writer, clock=clock, address=address)
    try:
        await to_thread.run_sync(work, limiter=slots)
    except Unfit as unfit:
        return password_page(whoever, Sheet({}, faults=unfit.faults), 400, alert=explainer.text("admin.mend"))
    except Refusal as refusal:
        return password_page(whoever, Sheet({}), refusal.status, alert=explainer.message(refusal))
    return Redirect("/password?done=changed", status_code=303)


def _change(typed: Typed, *, clerk: Clerk, door: Door, writer: Writer, clock: Clock, address: str) -> None:
    """Raises: Unfit, and Refusal 429 where the old one was guessed at too often."""
    old, new = typed.secret("old_password"), chosen_password(typed, "new_password")
    if not new:
        typed.refuse("new_password", "required")
    if new == old:
        typed.refuse("new_password", "password_same")
    if typed.secret("new_password_again") != new:
        typed.refuse("new_password_again", "password_other")
    typed.check()
    try:
        door.confirm(clerk, old, address)
    except Refusal as refusal:
        if refusal.code != "wrong_password":
            raise
        typed.refuse("old_password", "password_wrong")
    typed.check()
    hashed = hash_password(new)

    def unit(transaction: Transaction) -> None:
        change_account(transaction.connection, clerk.name, password_hash=hashed)
        end_sessions(transaction.connection, clerk.name, but=clerk.token_hash)
        row = {
            "at": clock.now(), "office": clerk.office, "actor": clerk.name, "action": "account.own_password",
            "subject": clerk.name, "address": address,
        }  # fmt: skip
        note_action(transaction.connection, row)
        transaction.touch(office_topic(clerk.office))

    writer.do(unit)


def router() -> Router:
    """The page; its limit of hashes belongs to one process."""
    slots = CapacityLimiter(SIGN_INS_AT_ONCE)
    return Router(
        "/password",
        route_handlers=[show, change],
        guards=[same_origin],
        include_in_schema=False,
        exception_handlers={Refusal: signed_out},
        dependencies={
            "slots": Provide(lambda: slots, sync_to_thread=False),
            "whoever": Provide(whoever, sync_to_thread=True),
        },
    )
