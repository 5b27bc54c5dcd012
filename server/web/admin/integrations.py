"""/admin/integrations: the entity's own systems, their tokens, and what did not reach anybody."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from sqlalchemy.exc import IntegrityError

from domain.clock import Micros
from server.codes import is_machine_name
from server.filing.programs import new_token
from server.store.accounts import Role
from server.store.deliveries import failed_deliveries
from server.store.integrations import Integration, add_integration, integrations, revoke_integration
from server.store.writer import Transaction
from server.web.admin.forms import Refused, Sheet, Typed
from server.web.admin.setting import Form, Setting
from server.web.proved import Signer

HOME = "/admin/integrations"
LONGEST_NAME = 32
SHOWN_US = 30 * 24 * 3600 * 1_000_000
"""What failed longer ago is nobody's task any more."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A token that was just made, for once."""

    name: str
    token: str = field(repr=False)


def integrations_page(
    setting: Setting, signer: Signer, refused: Refused | None = None, *, made: Shown | None = None
) -> Template:
    """The list, what failed lately, and the form of a new system as it was typed."""
    with setting.read.connect() as connection:
        there = integrations(connection, setting.office_id)
        failed = failed_deliveries(connection, setting.office_id, Micros(setting.person.clock.now() - SHOWN_US))
    asked = setting.person.request.query_params.get("revoke", "")
    leaving = next((one for one in there if str(one.id) == asked), None)
    return setting.page(
        "admin_integrations.html",
        "integrations",
        refused,
        integrations=there,
        failed=failed,
        names={one.id: one.name for one in there},
        form=Sheet({}) if refused is None else refused.sheet,
        made=made,
        leaving=leaving,
        public_key=signer.public_key,
    )


@get("/integrations", sync_to_thread=True)
def show(setting: NamedDependency[Setting], signer: NamedDependency[Signer]) -> Template:
    """Every system that may speak."""
    setting.person.require(Role.ADMINISTRATOR)
    return integrations_page(setting, signer)


@post("/integrations", status_code=200, sync_to_thread=True)
def add(setting: NamedDependency[Setting], signer: NamedDependency[Signer], data: Form) -> Response[Any] | Template:
    """Gives a system a token, which is shown once."""
    setting.person.require(Role.ADMINISTRATOR)
    typed = Typed(data)
    name, url = typed.line("integration_name", most=LONGEST_NAME, required=True), typed.address("integration_url")
    if name and not is_machine_name(name):
        typed.refuse("integration_name", "bad_machine")
    token, hashed = new_token()

    def act() -> str:
        typed.check()
        now, by = setting.person.clock.now(), setting.person.clerk.name
        made = Integration(uuid4(), setting.office_id, name, url, now, by, None)

        def unit(transaction: Transaction) -> None:
            add_integration(transaction.connection, made, hashed)
            setting.person.note(transaction, "integration.made", name, url)

        try:
            setting.do(unit)
        except IntegrityError:
            typed.refuse("integration_name", "integration_taken")
            typed.check()
        return "made"

    page = partial(integrations_page, setting, signer)
    answer = setting.settle(typed, act, page, HOME)
    return page(made=Shown(name, token)) if answer.status_code == 303 else answer  # noqa: PLR2004 HTTP


@post("/integrations/{system:uuid}/revoke", status_code=200, sync_to_thread=True)
def revoke(
    setting: NamedDependency[Setting], signer: NamedDependency[Signer], system: FromPath[UUID], data: Form
) -> Response[Any]:
    """Lets a system speak no more, and be told no more."""
    setting.person.require(Role.ADMINISTRATOR)

    def unit(transaction: Transaction) -> None:
        if revoke_integration(transaction.connection, setting.office_id, system, setting.person.clock.now()):
            setting.person.note(transaction, "integration.revoked", str(system))

    def act() -> str:
        setting.do(unit)
        return "revoked"

    return setting.settle(Typed(data), act, partial(integrations_page, setting, signer), HOME)


PAGES = [show, add, revoke]
