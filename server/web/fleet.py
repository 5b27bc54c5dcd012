"""The office's machines: a page for clerks, the same as JSON for whoever watches over many offices."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from domain.messages import to_json
from server.door import Door
from server.faults import Refusal
from server.fleet import Fleet, FleetState
from server.hub import Hub
from server.store.accounts import Role
from server.store.versions import desk_topic
from server.web.described import BY_CLERK, faults
from server.web.desk import cookie_name


@get("/fleet", include_in_schema=False, sync_to_thread=True)
def fleet_page(
    request: Request[Any, Any, State],
    fleet: NamedDependency[Fleet],
    door: NamedDependency[Door],
    hub: NamedDependency[Hub],
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
    return Template("_fleet.html" if "x-fragment" in request.headers else "fleet.html", context=context)


@get(
    "/fleet.json",
    summary="Los equipos de la oficina, para quien los vigila",
    responses=faults(401),
    raises=[],
    security=BY_CLERK,
    sync_to_thread=True,
)
def fleet_state(
    request: Request[Any, Any, State], fleet: NamedDependency[Fleet], door: NamedDependency[Door]
) -> Response[FleetState]:
    """The machines of the office in which the session was opened."""
    clerk = door.who(request.cookies.get(cookie_name(request)))
    if clerk is None:
        raise Refusal(401, "signed_out")
    return Response(to_json(fleet.state(clerk.office)), media_type="application/json")  # type: ignore[arg-type] # its bytes


ROUTES = [fleet_page, fleet_state]
