"""Days unlike the others of their week, as an office sets them up: what its screens say, and which terms they move."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from domain.calendar import Attention, Hours, SpecialDay
from domain.clock import in_lima, micros
from domain.decreed import DECREED
from domain.office import QueueRules
from server.store.accounts import Role
from server.store.settings import save_settings, take_from_file
from tests.server.conftest import OFFICE, coming_friday

if TYPE_CHECKING:
    from tests.server.conftest import ChiefTwin, Site


def short_day(site: Site) -> dict[str, str]:
    return {
        "closure_day": coming_friday(site).isoformat(), "closure_reason": "Nochebuena", "closure_attention": "short",
        "closure_closes": "13:00",
    }  # fmt: skip


@pytest.fixture
def chief(site: Site) -> ChiefTwin:
    return site.chief(role=Role.SUPERVISOR)


def hours(site: Site) -> Hours:
    return site.composed.offices.main.hours


def set_up(site: Site, hours: Hours) -> None:
    with site.engines.write.begin() as connection:
        take_from_file(connection, OFFICE, site.clock.now())
        office = replace(OFFICE, hours=hours)
        save_settings(connection, office, QueueRules(), by="ana", now=site.clock.now())
    site.composed.offices.forget()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[1]))


def test_a_day_closes_earlier_and_ends_no_term(site: Site, chief: ChiefTwin) -> None:
    kiosk = site.enrol()
    assert [chief.send("/admin/hours/closures", short_day(site)).status_code for _ in range(2)] == [303, 303]
    day = coming_friday(site)
    assert hours(site).special_days == (SpecialDay(day, "Nochebuena", Attention.SHORT, time(13)),)
    assert hours(site).closing(day) == time(13)
    assert f"{day.year} Hasta las 13:00: Nochebuena Quitar" in words(chief.page("/admin/hours"))
    assert b'"closes":"13:00:00"' in bytes(kiosk.hear(site.client, "office").items[0])
    assert site.composed.offices.main.calendar.deadline(day - timedelta(1), 1) == day + timedelta(3)
    assert site.rows("SELECT detail FROM audit WHERE action = 'office.closed'") == [
        ("Nochebuena; Se cierra antes; 13:00",)
    ]


def test_a_decreed_day_is_out_of_the_terms_whatever_the_desk_does(site: Site, chief: ChiefTwin) -> None:
    form = short_day(site) | {"closure_attention": "open", "closure_decreed": "on", "closure_reason": "D.S. de prueba"}
    assert chief.send("/admin/hours/closures", form).status_code == 303
    day = coming_friday(site)
    assert hours(site).special_days == (SpecialDay(day, "D.S. de prueba", Attention.OPEN, counts=False),)
    assert hours(site).closing(day) == hours(site).closes
    assert not site.composed.offices.main.calendar.is_business_day(day)
    assert "Se atiende como siempre: D.S. de prueba No cuenta para plazos" in words(chief.page("/admin/hours"))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"closure_closes": ""}, "closure_closes-fault"),
        ({"closure_closes": "08:00"}, "closure_closes-fault"),
        ({"closure_closes": "16:15"}, "closure_closes-fault"),
        ({"closure_attention": "perhaps"}, "closure_attention-fault"),
        ({"closure_attention": "open"}, "closure_attention-fault"),  # it is as always already
        ({"closure_day": "2026-01-02", "closure_attention": "closed"}, "closure_day-fault"),  # past, and its own
        ({"closure_day": "2020-01-02", "closure_decreed": "on"}, "closure_day-fault"),
        ({"closure_reason": " "}, "closure_reason-fault"),
    ],
)
def test_a_day_that_means_nothing_is_refused_beside_its_field(
    site: Site, chief: ChiefTwin, change: dict[str, str], fault: str
) -> None:
    set_up(site, Hours())
    answer = chief.send("/admin/hours/closures", short_day(site) | change)
    assert answer.status_code == 400
    assert f'id="{fault}"' in answer.text
    assert answer.text.count('class="fault"') == 1
    assert hours(site).special_days == ()


def test_a_decree_that_is_found_out_late_is_noted_all_the_same(site: Site, chief: ChiefTwin) -> None:
    yesterday = in_lima(site.clock.now()).date() - timedelta(1)
    form = {"closure_day": yesterday.isoformat(), "closure_reason": "Día regional", "closure_attention": "closed"}
    assert chief.send("/admin/hours/closures", form).status_code == 400
    assert chief.send("/admin/hours/closures", form | {"closure_decreed": "on"}).status_code == 303
    assert hours(site).special_days == (SpecialDay(yesterday, "Día regional", counts=False),)
    assert chief.send(f"/admin/hours/closures/{yesterday}/remove").status_code == 303
    assert hours(site).special_days == ()


def test_the_known_decreed_days_are_added_at_once(site: Site, chief: ChiefTwin) -> None:
    first = {"closure_day": "2026-01-02", "closure_reason": "Servicio indispensable", "closure_attention": "open"}
    own = SpecialDay(date(2026, 1, 2), first["closure_reason"], Attention.OPEN)
    set_up(site, Hours(special_days=(own,)))
    page = words(chief.page("/admin/hours"))
    assert f"Agregar los {len(DECREED) - 1} que faltan" in page
    assert "D.S. 042-2025-PCM Sin anotar" in page
    late = {"decreed_attention": "short", "decreed_closes": "17:00"}
    assert chief.send("/admin/hours/decreed", late).status_code == 400
    assert hours(site).special_days == (own,)
    assert [chief.send("/admin/hours/decreed", {"decreed_attention": "closed"}).status_code for _ in range(2)] == [
        303
    ] * 2
    assert hours(site).special_days == (
        own, *(SpecialDay(day, name, counts=False) for day, name in DECREED.items() if day != own.day),
    )  # fmt: skip
    assert "Todos están en los días especiales" in chief.page("/admin/hours")
    assert site.rows("SELECT action, detail FROM audit WHERE action LIKE 'office.%'") == [
        ("office.decreed", "No se atiende")
    ]


def test_closing_today_ends_the_day_and_not_the_morning(site: Site, chief: ChiefTwin) -> None:
    now = in_lima(site.clock.now())
    always = Hours(time(0), time.max, (1, 2, 3, 4, 5, 6, 7), national_holidays_closed=False)
    set_up(site, replace(always, special_days=(SpecialDay(now.date(), "Decretado", Attention.OPEN, counts=False),)))
    assert [chief.send("/admin/hours/today", {"today_reason": "Corte de luz"}).status_code for _ in range(2)] == [
        303
    ] * 2
    special = hours(site).special(now.date())
    assert special is not None
    assert (special.attention, special.counts, special.reason) == (Attention.SHORT, False, "Corte de luz")
    assert not hours(site).is_open(site.clock.now())
    assert "Hoy no se dan turnos" in chief.page("/admin/hours")
    calendar = site.composed.offices.main.calendar
    assert calendar.filed_at_desk(micros(now - timedelta(hours=1))).presented_on == now.date()
    assert calendar.filed_at_desk(site.clock.now()).presented_on == now.date() + timedelta(1)
    assert len(site.rows("SELECT id FROM audit WHERE action = 'office.closed'")) == 1


def test_the_public_reads_until_when(site: Site) -> None:
    today = in_lima(site.clock.now()).date()
    later = today + timedelta(10)
    special = (
        SpecialDay(today, "Aniversario", Attention.SHORT, time(23, 30)),
        SpecialDay(later, "Mudanza", Attention.SHORT, time(13)),
        SpecialDay(later + timedelta(1), "Decretado", Attention.OPEN, counts=False),
    )
    set_up(site, Hours(time(0), time(23, 59), (1, 2, 3, 4, 5, 6, 7), False, special))
    said = words(site.client.get("/office").text)
    assert "Se dan turnos hasta las 23:30" in said
    assert "Días en que se cierra antes" in said
    assert "de 00:00 a 13:00: Mudanza" in said
    assert "Decretado" not in said
    assert "Además no se atiende" not in said
