"""The API does what its description says, whatever is sent: with a kiosk's word, a clerk's session, or neither."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from domain.messages import PROTOCOL, Fault, from_json
from domain.tracking import filing_code, short_code
from server.config import load_config
from tests.server.browser.conftest import NEVER_CLOSED
from tests.server.conftest import PASSWORD, form_token
from tests.server.filing.conftest import RULES, found_filings
from tests.server.process import ServerProgram
from tests.server.twin import KioskTwin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from schemathesis import Case
    from schemathesis.schemas import APIOperation

    from tests.failures.nursery import Nursery
    from tests.server.postgres import Cluster

EXAMPLES = {"sqlite": 24, "postgres": 8}
TURNS = 40


class Signing(requests.auth.AuthBase):
    """Signs whatever is sent, as the kiosk."""

    def __init__(self, kiosk: KioskTwin) -> None:
        self._kiosk = kiosk

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else bytes(body)
        path = unquote(urlsplit(request.url or "").path)
        request.headers.update(self._kiosk.sign(request.method or "", path, raw).headers)
        return request


@dataclass
class Api:
    """A running server, its description, and what is known there."""

    program: ServerProgram
    kiosk: KioskTwin
    known: dict[str, list[str]]
    described: Any
    session: str
    token: str
    examples: int

    def operations(self) -> list[APIOperation[Any, Any, Any, Any]]:
        return [found.ok() for found in self.described.get_all_operations()]

    def make_real(self, case: Case, place: int) -> None:
        """Lets a case speak of what there is."""
        for name in case.path_parameters:
            of_cargo = name == "code" and "/status/" in case.path
            known = [self.held()] if name == "ticket" else self.known["cargo" if of_cargo else name]
            case.path_parameters[name] = known[place % len(known)]
        if case.path.endswith("/moves") and isinstance(case.body, dict):
            case.body |= {"move": "forwarded", "unit": RULES.units[place % 2].code}
        if case.path == "/sync/v1/exchange" and isinstance(case.body, dict):
            case.body |= {"child": self.kiosk.enrolment.kiosk, "proto": PROTOCOL, "child_epoch": 1}
            for push in case.body.get("streams") or ():
                if isinstance(push, dict):
                    push["stream"] = {"origin": self.kiosk.enrolment.kiosk, "epoch": 1}

    def held(self) -> str:
        """The turn at the counter; the next is called when there is none."""
        with self.program.client() as client:
            client.cookies.set("session", self.session)
            turn = client.get("/api/v1/desk/line").json()["turn"]
            return str((turn or client.post("/api/v1/desk/next", json={}).json()["turn"])["ticket"])

    def credentials(self, who: str) -> dict[str, Any]:
        """What a kiosk, a clerk or a system shows; nothing for a stranger."""
        if who == "kiosk":
            return {"auth": Signing(self.kiosk)}
        if who == "system":
            return {"headers": {"Authorization": f"Bearer {self.token}"}}
        return {"cookies": {"session": self.session}} if who == "clerk" else {}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def api(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, migrated: Path, nursery: Nursery
) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("api")
    shutil.copytree(migrated, folder, dirs_exist_ok=True)
    url = ""
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.url(cluster.new_database(request.getfixturevalue("migrated_database")))
    program = ServerProgram(folder, NEVER_CLOSED, database_url=url, nursery=nursery)
    token, filings = found_filings(load_config(program.file), TURNS)
    program.start()
    assert program.order("user", "add", "ana", "--password-stdin", typed=f"{PASSWORD}\n").status == 0
    kiosk = program.enrol()
    issued = [kiosk.issue(preferential=n % 3 == 0) for n in range(TURNS)]
    with program.client() as client:
        kiosk.sync(client)
        client.get("/desk")
        form = {"name": "ana", "password": PASSWORD, "counter": "1", "_csrf_token": form_token(client)}
        assert client.post("/desk/sign-in", data=form).status_code == 303
        session = client.cookies["session"]
    known = {
        "name": ["lima.json"],
        "topic": ["queue.lima", "board.lima"],
        "token": [one.token.text for one in issued],
        "code": [short_code(str(one.number), one.token.nonce) for one in issued],
        "move": ["recalled", "serving", "done", "absent"],
        "filing": [str(one.filing.id) for one in filings],
        "cargo": [filing_code(bytes.fromhex(one.personal.token)) for one in filings if one.personal],
        "number": [one.filing.expediente for one in filings],
        "key": [one.personal.key for one in filings if one.personal],
    }
    config = SchemathesisConfig.from_dict({"max-stream-events": 1, "request-timeout": 30.0})
    described = schemathesis.openapi.from_url(f"{program.url}/api/openapi.json", config=config)
    yield Api(program, kiosk, known, described, session, token, EXAMPLES[request.param])
    program.stop()


def test_nothing_is_answered_that_is_not_described(api: Api) -> None:
    heard: defaultdict[str, set[int]] = defaultdict(set)
    with requests.Session() as session:
        for operation in api.operations():
            fuzz(api, operation, session, heard[operation.label])
    silent = {label for label, statuses in heard.items() if 200 not in statuses}
    # a kiosk that tries wrong codes must wait; nobody guesses a code that is sealed
    tried = {"GET /api/v1/turns/code/{code}", "GET /api/v1/status/number/{number}/{key}"}
    assert silent <= {"POST /sync/v1/enrol", *tried}


def trusted(operation: APIOperation[Any, Any, Any, Any]) -> list[str]:
    """Who may do it, several times."""
    asked = {name for one in operation.definition.raw.get("security", []) for name in one}
    return [
        who for who, name in (("kiosk", "kiosco"), ("clerk", "ventanilla"), ("system", "sistema")) if name in asked
    ] * 4


def fuzz(api: Api, operation: APIOperation[Any, Any, Any, Any], session: requests.Session, heard: set[int]) -> None:
    """Sends what the description allows and what it does not, in every role, half of it about things that exist."""

    @settings(
        max_examples=api.examples // 2 if "sync" in operation.path else api.examples,
        derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        case=st.one_of(*(operation.as_strategy(mode) for mode in GenerationMode)),
        who=st.sampled_from([*trusted(operation), "kiosk", "clerk", "system", "stranger"]),
        place=st.one_of(st.integers(0, TURNS - 1), st.integers(0, TURNS - 1), st.none()),
    )
    def answers(case: Case, who: str, place: int | None) -> None:
        if place is not None:
            api.make_real(case, place)
        session.cookies.clear()
        shown = api.credentials(who)
        # wrong credentials are replaced by real ones; of the exchange's numbers the bounds are not described
        excluded = [negative_data_rejection] if shown else []
        excluded += [positive_data_acceptance] if case.path.startswith("/sync/") else []
        excluded += [ignored_auth] if "auth" in shown else []  # which is signed last, unseen by the case
        answer = case.call(session=session, **shown)
        heard.add(answer.status_code)
        case.validate_response(answer, excluded_checks=excluded)

    answers()


def test_what_is_not_described_is_refused_in_the_one_shape_of_faults(api: Api) -> None:
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")
    described = {(operation.method.upper(), operation.path) for operation in api.operations()}
    paths = {path: re.sub("{.*?}", "x", path) for _, path in described} | {"": "/api/v1/nowhere"}
    with api.program.client() as client:
        for path, address in paths.items():
            for method in methods:
                if (method, path) in described:
                    continue
                answer = client.request(method, address)
                assert answer.status_code == (405 if path else 404), (method, address)
                fault = from_json(answer.content, Fault)
                assert fault.code == ("bad_method" if path else "not_found")
                assert answer.headers["content-type"] == "application/json"
                if path:
                    allowed = set(answer.headers["allow"].split(", "))
                    assert allowed - {"OPTIONS", "HEAD"} == {one for one, where in described if where == path}
                    assert ("HEAD" in allowed) == ("GET" in allowed)


def test_head_is_answered_wherever_get_is(api: Api) -> None:
    with api.program.client() as client:
        for address in ("/healthz", "/q/lima.json", "/events/queue.lima", "/board/principal", "/desk", "/T/NADA"):
            head = client.head(address)
            with client.stream("GET", address) as whole:
                assert head.status_code == whole.status_code
                moved = {
                    "date",
                    "set-cookie",
                    "content-length",
                    "transfer-encoding",
                }  # a page's secret, and its length, are of one answer
                assert [header for header in head.headers.items() if header[0] not in moved] == [
                    header for header in whole.headers.items() if header[0] not in moved
                ]
            assert head.content == b""
        assert client.head("/api/v1/desk/next").status_code == 405
