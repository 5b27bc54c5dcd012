"""What people type into forms: read, or refused with the reason, whatever it is."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

import pytest

from server.web.admin.forms import Sheet, Typed, Unfit, Wrong, differences, mark_of
from server.web.admin.services import code_of

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("read", "typed", "wrong"),
    [
        (lambda form: form.line("x", most=5, required=True), " \t\n ", Wrong("required")),
        (lambda form: form.line("x", most=5), "seis66", Wrong("too_long", "5")),
        (lambda form: form.line("x", most=9), "a\0b", Wrong("characters")),
        (lambda form: form.line("x", most=9), "\x1b[2J", Wrong("characters")),
        (lambda form: form.line("x", most=9), "\ud800", Wrong("characters")),
        (lambda form: form.line("x", most=9), "\ue000", Wrong("characters")),
        (lambda form: form.lines("x", most=9, most_lines=2), "a\nb\nc", Wrong("too_many_lines", "2")),
        (lambda form: form.lines("x", most=9, most_lines=2), "corta\ndemasiado larga", Wrong("line_too_long", "9")),
        (lambda form: form.lines("x", most=9, most_lines=2), "a\n\x07", Wrong("characters")),
        *[
            (lambda form: form.number("x", 5, 240), typed, Wrong("number", "5 a 240"))
            for typed in ("4", "241", "", "-5", "1e2", "٤٠", "9" * 5000, "40\0", "4.0")
        ],
        *[(lambda form: form.moment("x"), typed, Wrong("time")) for typed in ("", "25:00", "<script>", "8", "8:00")],
        *[(lambda form: form.day("x"), typed, Wrong("day")) for typed in ("", "2026-02-30", "mañana", "01/02/2026")],
        (lambda form: form.choice("x", ("a", "b")), "c", Wrong("choice")),
        *[
            (lambda form: form.address("x"), typed, Wrong("address"))
            for typed in ("javascript:alert(1)", "https://[", "https://yo@ejemplo.pe", "//ejemplo.pe", "ejemplo.pe",
                          "https://", "https://a b.pe", "data:text/html,x")
        ],
        (lambda form: form.address("x"), "https://ejemplo.pe/" + "a" * 200, Wrong("too_long", "200")),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_the_reason(
    read: Callable[[Typed], object], typed: str, wrong: Wrong
) -> None:
    form = Typed({"x": typed})
    read(form)
    assert form.faults == {"x": wrong}
    with pytest.raises(Unfit):
        form.check()


def test_what_can_be_used_is_read_as_it_was_meant() -> None:
    form = Typed({
        "line": "  Mesa\u200b de   partes\u202e ", "lines": "DNI\r\n\r\n  Recibo de pago ", "n": " 40 ",
        "at": "07:30:59", "day": "2028-02-29", "on": "on", "url": "https://ejemplo.pe/mesa?a=1#b",
    })  # fmt: skip
    assert form.line("line", most=20) == "Mesa de partes"
    assert form.line("absent", most=1) == ""
    assert form.lines("lines", most=20, most_lines=2) == ("DNI", "Recibo de pago")
    assert form.number("n", 5, 240) == 40
    assert form.moment("at") == time(7, 30)
    assert form.day("day") == date(2028, 2, 29)
    assert (form.ticked("on"), form.ticked("off")) == (True, False)
    assert form.address("url") == "https://ejemplo.pe/mesa?a=1#b"
    assert form.address("absent") == ""
    assert Typed({"x": "AN\u0303O"}).line("x", most=3) == "AÑO"  # as the other keyboards write it
    form.check()


def test_the_first_reason_stays_and_all_fields_are_told() -> None:
    form = Typed({"a": "", "b": "x"})
    form.line("a", most=5, required=True)
    form.refuse("a", "code_taken")
    form.number("b", 1, 2)
    assert form.faults == {"a": Wrong("required"), "b": Wrong("number", "1 a 2")}


def test_passwords_never_go_back() -> None:
    form = Typed({"password": "s", "old_password": "s", "new_password": "s", "seen": "1", "_csrf_token": "t", "a": "b"})
    assert form.shown == {"a": "b"}


def test_a_form_knows_whether_it_is_stale() -> None:
    saved = {"a": "1", "b": ""}
    assert Typed({"seen": mark_of({"b": "", "a": "1"})}).is_fresh(saved)
    assert not Typed({"seen": mark_of(saved)}).is_fresh(saved | {"b": "on"})
    assert not Typed({}).is_fresh(saved)


def test_what_changed_is_told_in_a_line() -> None:
    before = {"a": "", "b": "uno\ndos", "c": "same", "d": ""}
    after = {"a": "on", "b": "x" * 80, "c": "same", "d": "y"}
    assert differences(before, after, str.upper) == f"A: no → sí; B: uno / dos → {'x' * 59}…; D: (vacío) → y"
    assert differences({"a": "on"}, {"a": ""}, str.upper) == "A: sí → no"


def test_a_form_says_where_to_look_first() -> None:
    assert Sheet({"a": "1"}).first == ""
    assert Sheet({"a": "1", "b": "2"}, faults={"b": Wrong("required")}).first == "b"
    assert Sheet({"a": "1", "b": "2"}, saved={"a": "1", "b": "3"}).first == "b"


def test_codes_are_made_from_names() -> None:
    assert code_of("  Atención al ciudadano: Ñandú (2.º piso) ") == "atencion-al-ciudadano-nandu-2-pi"
    assert code_of("¿?") == ""
