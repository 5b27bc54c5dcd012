"""What needs somebody is told where they look: at the desk, on the supervisor's page; and goes with one button."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.deadlines import Alert
from domain.filings import FilingStatus
from server.filing.deadlines import Deadlines
from server.store.versions import all_versions
from tests.server.conftest import ChiefTwin
from tests.server.filing.test_units import handed, late, now

if TYPE_CHECKING:
    from server.filing.deadlines import Pending
    from tests.server.conftest import ClerkTwin
    from tests.server.filing.conftest import Counter

HOUR_S = 3600


def hear(counter: Counter) -> None:
    """The server's pages hear of what the test's own clerk did."""
    with counter.site.engines.read.connect() as connection:
        versions = all_versions(connection)
    counter.site.composed.hub.publish(versions)
    assert counter.site.client.get("/healthz").status_code == 200  # by then the loop has told them


def strip(page: str) -> str:
    """What stands in the strip about what is to be handed over; empty for nothing."""
    found = re.search(r'<div class="strip handover.*?</div>', page, re.DOTALL)
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", found[0], flags=re.DOTALL).split()) if found else ""


def until(page: str) -> str:
    found = re.search(r'name="until" value="(\d+)"', page)
    assert found
    return found[1]


def desk_of(counter: Counter) -> ClerkTwin:
    counter.site.account()
    return counter.site.clerk("ana", "1")


def pending(counter: Counter) -> Pending:
    site = counter.site
    return Deadlines(
        office_filings=counter.filings, clock=site.clock, hub=site.composed.hub, read=site.engines.read
    ).of("lima")


def test_the_desk_hands_over_what_it_shows_and_once(counter: Counter) -> None:
    clerk = desk_of(counter)
    hear(counter)
    assert strip(clerk.page()) == ""
    first, second, nowhere = counter.receive(), counter.receive(unit="logistica"), counter.receive(unit="")
    hear(counter)
    page = clerk.page()
    assert strip(page) == (
        f"Por derivar hoy: 3 {first.expediente} → Asesoría Legal; {second.expediente} → Logística; "
        f"{nowhere.expediente} · sin unidad Derivar todos"
    )
    form = {"until": until(page)}
    later = counter.receive()
    for _ in range(2):
        answer = clerk.post("forward-all", form, **{"X-Fragment": "1"})
        assert answer.status_code == 200
    standing = [now(counter, one.id).status for one in (first, second, nowhere, later)]
    assert standing == [FilingStatus.FORWARDED] * 2 + [FilingStatus.RECEIVED] * 2
    assert strip(clerk.client.get("/desk/waiting").text).startswith("Por derivar hoy: 2")
    assert clerk.post("forward-all", {"until": "ayer"}).status_code == 400
    steps = counter.site.rows("SELECT count(*) FROM filing_step WHERE move = 'forwarded' AND actor = 'ana'")
    assert steps == [(2,)]


def test_at_closing_time_the_desk_and_the_supervisor_see_what_is_left(counter: Counter) -> None:
    counter.receive()
    counter.site.clock.pass_s(9 * HOUR_S)  # it is six in the evening
    hear(counter)
    clerk, chief = desk_of(counter), counter.site.chief()
    assert "Hoy queda 1 documento por derivar" in strip(clerk.page())
    assert 'data-alert="filings-left"' in chief.page("/admin")
    counter.site.clock.pass_s(15 * HOUR_S)  # nine in the morning of the next day
    chief = ChiefTwin(counter.site.clerk("eva", "").client)
    seen = chief.page("/admin")
    assert 'data-alert="filings-left"' not in seen
    assert "1 documento no se derivó el día en que se recibió" in seen


def test_each_alert_is_counted_and_the_worst_stands_first(counter: Counter) -> None:
    late(counter, handed(counter))
    for _ in range(2):
        handed(counter)
    observed = counter.receive(missing=("Recibo",))
    assert observed.correct_until is not None
    counter.site.clock.pass_s((observed.correct_until - in_lima(counter.site.clock.now()).date()).days * 24 * HOUR_S)
    hear(counter)
    assert pending(counter).alerts == {Alert.OVERDUE: 1, Alert.TO_TAKE: 2, Alert.CORRECTION_ENDS: 1}
    chief = counter.site.chief()
    alerts = re.findall(r'data-alert="filings-([a-z_]+)"', chief.page("/admin"))
    assert alerts == ["overdue", "to_take", "correction_ends"]
    page = desk_of(counter).page()
    assert "1 expediente vencido" in page
    assert 'href="/units"' not in page  # who works for no unit has no business there


class Heard:
    """A hub that hears when the test says so."""

    n = 0

    def version(self, topic: str) -> int:
        del topic
        return self.n


def test_what_was_read_is_read_again_when_a_filing_changes_or_a_day_begins(counter: Counter) -> None:
    site, heard = counter.site, Heard()
    deadlines = Deadlines(office_filings=counter.filings, clock=site.clock, hub=heard, read=site.engines.read)  # type: ignore[arg-type] # a fake
    before = deadlines.of("lima")
    counter.receive()
    assert deadlines.of("lima") is before
    heard.n += 1
    after = deadlines.of("lima")
    assert len(after.to_forward) == 1
    assert after.alerts == {}
    site.clock.pass_s(24 * HOUR_S)
    assert deadlines.of("lima").alerts == {Alert.TO_FORWARD: 1}
