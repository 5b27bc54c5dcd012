"""Whatever is sent to the forms of reception: an answer that says something, and all of a filing or nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.server.conftest import form_token
from tests.server.filing.test_reception_page import Reception, at_the_same_hour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.conftest import Site

pytestmark = pytest.mark.parametrize("building", ["sqlite"], indirect=True)

FIELDS = (
    "form", "ticket", "turn_number", "declared", "nth", "of", "asked", "applicant_kind", "applicant_number",
    "applicant_name", "by_other", "presenter_kind", "presenter_number", "presenter_name", "document_type", "folios",
    "unit", "service", "about", "subject", "annexes", "media", "grounds", "words", "email", "phone", "domicile",
    "language", "notices", "session_name", "password", "session_counter", "note", "quality",
)  # fmt: skip
ODD = st.sampled_from([
    b"", b"0", b"1", b"3", b"999999999", b"-1", b"1e9", "٣".encode(), b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\r\n\r\n",
    "\u202e\u200b".encode(), b"<script>alert(1)</script>", b"'; DROP TABLE filing; --", b"{{7*7}}", b"%(n)s", b"legal",
    b"tramite", b"dni", b"solicitud", b"es", b"on", b"x" * 5000, b"a\n" * 300, "ñ🙂".encode(), b"INS20260000001",
    b"00000000-0000-0000-0000-000000000000",
])  # fmt: skip
ANYTHING = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), ODD | st.binary(max_size=40), max_size=12)
PATHS = st.sampled_from(["new", "new", "new", "check", "solicitud", "sign-in", "corrected", "forwarded"])


@pytest.fixture
def reception(site: Site) -> Iterator[Reception]:
    yield from at_the_same_hour(site)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, odd=ANYTHING, whole=st.booleans(), fragment=st.booleans())
@example(path="new", odd={"folios": b"2", "subject": b"\xed\xa0\x80\0"}, whole=True, fragment=False)
@example(path="new", odd={"about": b"\xff", "folios": b"1"}, whole=True, fragment=True)
def test_anything_may_be_sent(
    reception: Reception, path: str, odd: dict[str, bytes], *, whole: bool, fragment: bool
) -> None:
    form = {name: value.encode() for name, value in reception.form().items()} if whole else {}
    form |= ({"folios": b"1"} if whole else {"form": str(uuid4()).encode()}) | odd
    before = reception.rows("n, expediente, status, folios")
    if path in {"corrected", "forwarded"}:
        if not before:
            return
        path = f"{reception.rows('id')[0][0]}/{path}"
    answer = post(reception, path, form, fragment=fragment)
    assert answer in {200, 201, 303, 400, 401, 404, 409, 413, 429}
    after = reception.rows("n, expediente, status, folios")
    assert len(after) - len(before) == (1 if path == "new" and answer in {201, 303} and after != before else 0)
    assert [row[0] for row in after] == list(range(1, len(after) + 1))  # no number is missing
    told = reception.site.rows("SELECT count(*) FROM event WHERE type = 'filing.received'")
    assert told == [(len(after),)]
    assert len(reception.personal()) == len(after)  # each can be read whole
    if len(after) > len(before):
        address = f"/desk/filing/{reception.rows('id')[-1][0]}"
        assert {reception.clerk.client.get(f"{address}{end}").status_code for end in ("", "/received")} == {200}


def post(reception: Reception, path: str, form: dict[str, bytes], *, fragment: bool) -> int:
    """Sends these very bytes; returns the answer's status."""
    token = form_token(reception.clerk.client).encode()
    fields = {"_csrf_token": token} | {name: value for name, value in form.items() if name != "_csrf_token"}
    body = "&".join(f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in fields.items())
    headers = {"Content-Type": "application/x-www-form-urlencoded"} | ({"X-Fragment": "1"} if fragment else {})
    answer = reception.clerk.client.post(
        f"/desk/filing/{path}", content=body, headers=headers, follow_redirects=False
    )  # fmt: skip
    return answer.status_code


def test_ten_megabytes_are_refused_before_they_are_read(reception: Reception) -> None:
    form = {"subject": b"x" * 10_000_000, "folios": b"1"}
    assert post(reception, "new", form, fragment=False) == 413
    assert reception.rows("n") == []
