"""The office's machines: a page for clerks, what a kiosk is told to do, and all of it as JSON for a monitor."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation
from litestar.response import Redirect, Template

from domain.messages import to_json
from server.door import Door
from server.faults import Refusal
from server.fleet import Fleet, FleetState
from server.hub import Hub
from server.store.accounts import Clerk, Role
from server.store.orders import LONGEST_MESSAGE
from server.store.versions import desk_topic
from server.web.described import BY_CLERK, faults
from server.web.desk import Form, address_of, cookie_name, signed_out
from server.web.faults import Explainer
from server.web.headers import same_origin
from server.web.password import whoever

AnyRequest = Request[Any, Any, State]


@get("/", sync_to_thread=True)
def fleet_page(
    request: AnyRequest, fleet: NamedDependency[Fleet], door: NamedDependency[Door], hub: NamedDependency[Hub]
) -> Template | Redirect:
    """The machines of the clerk's office, or the way to sign in."""
    clerk = door.who(request.cookies.get(cookie_name(request)))
    if clerk is None:
        return Redirect("/desk")
    topic = desk_topic(clerk.office)
    # the version is read before the state, so that nothing falls between
    context = {"topic": topic, "version": hub.version(topic), "clerk": clerk}
    context |= {"may_manage": clerk.role.covers(Role.ADMINISTRATOR)}
    context |= {"machines": fleet.machines(clerk.office), "at": fleet.now()}
    context |= {"elsewhere": fleet.elsewhere(clerk)}
    context |= {"above": fleet.above(), "may_order": clerk.role.covers(Role.SUPERVISOR)}
    return Template("_fleet.html" if "x-fragment" in request.headers else "fleet.html", context=context)


@get("/{kiosk:str}", sync_to_thread=True)
def kiosk_page(
    kiosk: FromPath[str], whoever: NamedDependency[SkipValidation[Clerk]], fleet: NamedDependency[Fleet]
) -> Template:
    """What a kiosk is told to do, and the form that tells it otherwise."""
    return _page(kiosk, whoever, fleet)


def _page(
    kiosk: str, clerk: Clerk, fleet: Fleet, *, alert: str = "", status: int = 200, typed: dict[str, str] | None = None
) -> Template:
    if not clerk.role.covers(Role.SUPERVISOR):
        raise Refusal(403, "not_allowed")
    found = fleet.kiosk(clerk.office, kiosk)
    context = {"clerk": clerk, "one": found, "at": fleet.now(), "alert": alert, "typed": typed}
    return Template("kiosk.html", context=context | {"longest": LONGEST_MESSAGE}, status_code=status)


@post("/{kiosk:str}", status_code=200, sync_to_thread=True)
def order_kiosk(
    kiosk: FromPath[str],
    request: AnyRequest,
    data: Form,
    *,
    whoever: NamedDependency[SkipValidation[Clerk]],
    fleet: NamedDependency[Fleet],
    door: NamedDependency[Door],
    explainer: NamedDependency[Explainer],
) -> Response[Any]:
    """Tells a kiosk what to do from now on."""
    is_out, message = data.get("service") == "out", data.get("message", "")
    try:
        fleet.order(whoever, kiosk, out_of_service=is_out, message=message, address=address_of(request))
    except Refusal as refusal:
        if refusal.status in {403, 404}:
            raise
        return _page(
            kiosk,
            whoever,
            fleet,
            alert=explainer.message(refusal),
            status=refusal.status,
            typed={"message": "", **data},
        )
    door.note_activity(whoever)
    return Redirect(f"/fleet/{kiosk}", status_code=303)


@get(
    "/fleet.json",
    summary="Los equipos de la oficina, para quien los vigila",
    responses=faults(401),
    raises=[],
    security=BY_CLERK,
    sync_to_thread=True,
)
def fleet_state(
    request: AnyRequest, fleet: NamedDependency[Fleet], door: NamedDependency[Door]
) -> Response[FleetState]:
    """The machines of the office in which the session was opened."""
    clerk = door.who(request.cookies.get(cookie_name(request)))
    if clerk is None:
        raise Refusal(401, "signed_out")
    return Response(to_json(fleet.state(clerk)), media_type="application/json")  # type: ignore[arg-type] # its bytes


ROUTES = [fleet_state]


def router() -> Router:
    """The pages under /fleet."""
    return Router(
        "/fleet",
        route_handlers=[fleet_page, kiosk_page, order_kiosk],
        guards=[same_origin],
        include_in_schema=False,
        exception_handlers={Refusal: signed_out},
        dependencies={"whoever": Provide(whoever, sync_to_thread=True)},
    )
