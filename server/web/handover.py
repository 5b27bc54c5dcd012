"""What reception does at the end of the day: all that came in goes to its units (Ley 27444, arts. 117.2 and 132.1)."""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency

from server.filing.units import Units
from server.web.desk import Form, Seat
from server.web.units import instant


@post("/forward-all", status_code=200, sync_to_thread=True)
def forward_all(seat: NamedDependency[Seat], data: Form, units: NamedDependency[Units]) -> Response[Any]:
    """Hands all that the page showed to the units to which it is addressed; a second press finds it done."""
    until = instant(data.get("until", ""))

    def act() -> None:
        units.forward_all(seat.clerk, until)

    return seat.act(act)


HANDLERS = [forward_all]
