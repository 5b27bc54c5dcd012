"""Whoever holds a cargo can check it: by its code, by its file, or far from us; and nobody can make one."""

from __future__ import annotations

import random
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_public_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import text

from domain.clock import Micros
from domain.messages import FilingWords, OfficeSetUp, from_json, to_json
from domain.office import QueueRules
from server.compose import compose
from server.config import CargoConfig, ConfigError, load_config
from server.filing.cargo import grouped
from server.filing.cargo_check import _RANGE, LARGEST_FILE, Finding, checked
from server.filing.cargo_pdf import CargoPaper, Enclosed, drawn
from server.filing.cargo_seal import CargoSeal, _asn1, entity_fault, key_bytes, load_entity, load_seal
from server.filing.cargo_statement import WHAT, CargoStatement, statement_in
from server.keys import Keys
from server.store.homes import Home, add_home
from server.store.set_up import read_set_up, take_set_up
from server.store.settings import cargo_keys, note_cargo_keys
from tests.server.conftest import ELSEWHERE, MORNING, OFFICE, config_in
from tests.server.filing.conftest import PERSON
from tests.server.filing.test_cargo import SPOKEN, said

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.server.conftest import ClerkTwin, Site
    from tests.server.filing.conftest import Counter

KEYS = Keys(b"d" * 32, b"s" * 32, b"e" * 32)
STRANGER = Keys(b"d" * 32, b"s" * 32, b"x" * 32)
FACTS = CargoStatement(
    WHAT, "K7QM2XTPR4VZ", "Entidad }", "lima", "Mesa", "2026-lima-000123", "INS20260000123",
    "2026-11-23T09:00:00-05:00", "Solicitud", 3, 2,
)  # fmt: skip
PLAIN = drawn(said(), CargoPaper.A4, SPOKEN, dated=MORNING, enclosed=[Enclosed("cargo.json", FACTS.words, "text/json")])


@pytest.fixture(scope="module")
def seal(tmp_path_factory: pytest.TempPathFactory) -> CargoSeal:
    return load_seal(KEYS, tmp_path_factory.mktemp("keys"), OFFICE, None)


def signed(seal: CargoSeal, plain: bytes = PLAIN, now: Micros = MORNING) -> bytes:
    return seal.signed(plain, seal.at(now), dated=MORNING, reason="Cargo de recepción")


@pytest.fixture(scope="module")
def genuine(seal: CargoSeal) -> bytes:
    return signed(seal)


# --- a file -------------------------------------------------------------------------------------------------------


def test_what_we_signed_is_whole_and_says_what_was_signed(seal: CargoSeal, genuine: bytes) -> None:
    found = checked(genuine, seal.signing)
    assert (found.finding, found.statement) == (Finding.WHOLE, FACTS)
    assert genuine == signed(seal)


def test_others_programs_find_it_valid_and_whole_too(seal: CargoSeal, genuine: bytes) -> None:
    [signature] = PdfFileReader(BytesIO(genuine)).embedded_signatures
    ours = ValidationContext(trust_roots=[_asn1(seal.own.certificate)], allow_fetching=False)
    with ThreadPoolExecutor(1) as apart:  # it runs a loop of its own
        status = apart.submit(validate_pdf_signature, signature, ours).result()
    assert status.bottom_line
    assert status.docmdp_ok
    assert str(status.coverage).endswith("ENTIRE_FILE")
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"


def test_no_byte_of_it_can_be_another(seal: CargoSeal, genuine: bytes) -> None:
    start = genuine.find(b"/ByteRange")
    tail = range(start - 40, start + 160)  # where the signature and its place are told
    places = {*range(0, len(genuine), len(genuine) // 120), *tail, len(genuine) - 1}
    for place in places:
        other = bytearray(genuine)
        other[place] ^= 0x20
        assert checked(bytes(other), seal.signing).finding not in {Finding.WHOLE, Finding.ADDED_TO}, place


def test_a_cut_file_is_altered_and_one_with_more_behind_it_says_so(seal: CargoSeal, genuine: bytes) -> None:
    assert checked(genuine[:-1], seal.signing).finding is Finding.ALTERED
    assert checked(genuine[: len(genuine) // 2], seal.signing).finding is Finding.UNSIGNED
    more = checked(genuine + b"\n1 0 obj\n<<>>\nendobj", seal.signing)
    assert (more.finding, more.statement) == (Finding.ADDED_TO, FACTS)
    assert checked(b"%PDF-1.7\n" + genuine, seal.signing).finding is Finding.ALTERED


def test_who_signs_it_with_another_key_is_a_stranger(seal: CargoSeal, genuine: bytes, tmp_path: Path) -> None:
    other = load_seal(STRANGER, tmp_path, OFFICE, None)
    assert checked(signed(other), seal.signing).finding is Finding.STRANGER
    assert checked(genuine, other.signing).finding is Finding.STRANGER
    # our certificate beside their signature
    theirs = replace(seal.own, private_key=other.own.private_key)
    forged = seal.signed(PLAIN, theirs, dated=MORNING, reason="")
    assert checked(forged, seal.signing).finding is Finding.ALTERED


def test_our_signature_under_something_else_is_no_cargo(seal: CargoSeal) -> None:
    letter = drawn(said(), CargoPaper.A4, SPOKEN, dated=MORNING)
    assert checked(signed(seal, letter), seal.signing).finding is Finding.OTHER


def test_a_second_place_of_a_signature_does_not_fool_it(seal: CargoSeal, genuine: bytes) -> None:
    before = genuine.find(b"/Contents") + 10
    hole = genuine[before : genuine.find(b">", before) + 1]
    fake = b"%PDF-1.7\n/ByteRange [0 40 50 60]\n" + hole + genuine
    assert checked(fake, seal.signing).finding is Finding.ALTERED


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"hola",
        b"%PDF-",
        b"%PDF-1.7\n/ByteRange [0 10 20 30]",
        b"%PDF-1.7\n/ByteRange [0 99999999 99999999 99999999]",
        b"%PDF-1.7\n/ByteRange [0 36 38 4]<>abcd" + b"x" * 40,
        b"%PDF-1.7\n/ByteRange [0 41 61 4]/Contents<" + b"30" * 20 + b">" + b"x" * 40,
        b"%PDF-1.7\n" + b"/ByteRange [0 " * 70_000,
        b"%PDF-1.7\n1 0 obj<</Filter/FlateDecode>>stream\n" + zlib.compress(bytes(200_000_000), 9) + b"\nendstream",
        b"%PDF-1.7\n" + b"[" * 900_000,
        b"%PDF-1.7\n1 0 obj<</Type/ObjStm/N 999999999/First 1>>endobj" * 9_000,
    ],
)
def test_hostile_files_are_told_off_at_once(seal: CargoSeal, hostile: bytes) -> None:
    found = checked(hostile, seal.signing)
    assert found.finding in {Finding.NOT_PDF, Finding.UNSIGNED, Finding.ALTERED}
    assert found.statement is None


def placed(signature: bytes) -> bytes:
    """A file with those bytes where a signature is looked for, and nothing else."""
    end = 99 + 2 * len(signature) + 2
    return f"%PDF-1.7\n/ByteRange [0 99 {end} 3]".ljust(99).encode() + f"<{signature.hex()}>end".upper().encode()


@given(st.binary(max_size=400), st.integers(20, 200))
def test_no_bytes_in_a_signatures_place_raise(junk: bytes, length: int) -> None:
    for der in (junk, b"\x30\x84" + length.to_bytes(4, "big") + junk):
        assert checked(placed(der), frozenset()).finding is Finding.ALTERED


def test_a_broken_signature_never_raises_nor_makes_it_say_anything_else(seal: CargoSeal, genuine: bytes) -> None:
    found = _RANGE.search(genuine)
    assert found is not None
    before = int(found[1])
    for place in range(before + 1, before + 1 + 2 * 972, 14):
        other = bytearray(genuine)
        other[place] = ord("7") if other[place] != ord("7") else ord("1")
        result = checked(bytes(other), seal.signing)  # a version number in its wrapping means nothing to anybody
        assert result.finding in {Finding.ALTERED, Finding.STRANGER} or result.statement == FACTS, place


def test_deeply_nested_der_ends_the_search(seal: CargoSeal) -> None:
    der = b""
    while len(der) < 30_000:
        der = b"\x30\x82" + len(der).to_bytes(2, "big") + der
    assert checked(placed(der), seal.signing).finding is Finding.ALTERED


def test_a_statement_is_read_only_where_it_ends_in_time() -> None:
    assert statement_in(b'{"what":"kiosk-cargo-1"' + b"x" * 9_000 + b"\nendstream") is None
    assert statement_in(b'{"what":"kiosk-cargo-1","code":7}\nendstream') is None
    assert statement_in(b'{"what":"kiosk-cargo-1","code":"\xff"}\nendstream') is None


# --- the entity's certificate -------------------------------------------------------------------------------------


def certificate(
    folder: Path, *, since: datetime, days: int = 30, password: bytes = b"clave", name: str = "e"
) -> CargoConfig:
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Entidad de Ejemplo")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days))
        .sign(key, SHA256())
    )
    file, secret = folder / f"{name}.p12", folder / f"{name}.txt"
    file.write_bytes(serialize_key_and_certificates(b"e", key, made, None, BestAvailableEncryption(password)))
    secret.write_text("clave\n")
    return CargoConfig(certificate=file, password_file=secret)


TODAY = datetime(2026, 11, 23, tzinfo=UTC)


def test_the_entitys_certificate_signs(tmp_path: Path) -> None:
    seal = load_seal(KEYS, tmp_path, OFFICE, load_entity(certificate(tmp_path, since=TODAY)))
    assert seal.at(MORNING).name == "Entidad de Ejemplo"
    assert entity_fault(seal, MORNING) is None
    assert seal.signing == {seal.own.key_bytes, seal.at(MORNING).key_bytes}
    found = checked(signed(seal), seal.signing)
    assert (found.finding, found.key) == (Finding.WHOLE, seal.at(MORNING).key_bytes)
    assert load_seal(KEYS, tmp_path, OFFICE, None).at(MORNING).key_bytes == seal.own.key_bytes


def test_who_ever_signed_an_offices_cargos_is_remembered_and_told_to_its_centre(site: Site) -> None:
    with site.engines.write.begin() as connection:
        assert note_cargo_keys(connection, "lima", {b"old"})
        assert note_cargo_keys(connection, "lima", {b"new", b"old"})
        assert not note_cargo_keys(connection, "lima", {b"old"})
        told = read_set_up(connection, "lima")
        assert told is not None
        assert told.cargo_keys == (b"new", b"old")
        elsewhere = msgspec.structs.replace(told, office=ELSEWHERE)
        take_set_up(connection, from_json(to_json(elsewhere), OfficeSetUp), Micros(7))
        assert cargo_keys(connection) == dict.fromkeys(("lima", "tacna"), frozenset({b"new", b"old"}))
        take_set_up(connection, msgspec.structs.replace(elsewhere, cargo_keys=()), Micros(8))
        assert set(cargo_keys(connection)) == {"lima"}


@pytest.mark.parametrize("since", [TODAY - timedelta(60), TODAY + timedelta(60)], ids=["expired", "not yet"])
def test_a_certificate_out_of_its_time_is_told_and_the_servers_key_signs(tmp_path: Path, since: datetime) -> None:
    seal = load_seal(KEYS, tmp_path, OFFICE, load_entity(certificate(tmp_path, since=since)))
    assert seal.at(MORNING) == seal.own
    fault = entity_fault(seal, MORNING)
    assert fault is not None
    assert f"vale del {since:%d/%m/%Y}" in fault


def test_a_certificate_that_cannot_be_used_is_told_in_spanish_at_start(tmp_path: Path) -> None:
    good = certificate(tmp_path, since=TODAY)
    other = certificate(tmp_path, since=TODAY, password=b"otra", name="o")
    (tmp_path / "junk.p12").write_bytes(b"junk")
    cases = {
        "cargo.certificate: no se puede leer": CargoConfig(certificate=tmp_path / "none.p12"),
        "cargo.password_file: no se puede leer": good.model_copy(update={"password_file": tmp_path / "none.txt"}),
        "o la contraseña no es la suya": other,
        "no es un archivo PKCS#12": CargoConfig(certificate=tmp_path / "junk.p12"),
    }
    for words, config in cases.items():
        with pytest.raises(ConfigError) as fault:
            load_entity(config)
        assert words in fault.value.args[0]
    with pytest.raises(ConfigError):  # before the database is opened
        compose(config_in(tmp_path / "new", cargo=other))
    assert not (tmp_path / "new").exists()


def test_the_settings_name_the_certificate_and_its_password(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    office = '[office]\nid = "lima"\nentity = "E"\nname = "M"\ntracking_base_url = "http://e.pe"\n'
    office += '[[office.services]]\ncode = "t"\nname = "T"\n'
    path.write_text(f'public_url = "http://e.pe"\n{office}[cargo]\ncertificate = "/e.p12"\npassword_file = "/e.txt"\n')
    config = load_config(path)
    assert config.cargo is not None
    assert [str(one) for one in (config.cargo.certificate, config.cargo.password_file)] == ["/e.p12", "/e.txt"]
    path.write_text(f'public_url = "http://e.pe"\n{office}[cargo]\npassword = "x"\n')
    with pytest.raises(ConfigError) as fault:
        load_config(path)
    assert fault.value.args == ("cargo.certificate: falta", "cargo.password: no se conoce")


def test_the_servers_certificate_is_kept_and_made_the_same_again(tmp_path: Path) -> None:
    first = load_seal(KEYS, tmp_path, OFFICE, None)
    kept = (tmp_path / "cargo.crt").read_bytes()
    assert [key_bytes(one) for one in x509.load_pem_x509_certificates(kept)] == [first.own.key_bytes]
    (tmp_path / "cargo.crt").unlink()
    load_seal(KEYS, tmp_path, OFFICE, None)
    assert (tmp_path / "cargo.crt").read_bytes() == kept
    load_seal(STRANGER, tmp_path, OFFICE, None)  # of another database's key: not kept in its place
    assert (tmp_path / "cargo.crt").read_bytes() != kept
    (tmp_path / "taken").write_text("a file where a folder should be")
    assert load_seal(KEYS, tmp_path / "taken", OFFICE, None).own.key_bytes == first.own.key_bytes


# --- the page -----------------------------------------------------------------------------------------------------


@pytest.fixture
def clerk(counter: Counter) -> ClerkTwin:
    counter.site.account()
    return counter.site.clerk(counter="3")


def look(site: Site, code: str) -> httpx.Response:
    return site.client.get(f"/verify/{code}")


def hand_in(site: Site, content: bytes, **headers: str) -> httpx.Response:
    files = {"file": ("cargo.pdf", content, "application/pdf")}
    return site.client.post("/verify", files=files, headers=headers)


def finding(answer: httpx.Response) -> str:
    return answer.text.partition('data-finding="')[2].partition('"')[0]


def test_the_page_tells_the_facts_and_neither_name_nor_subject(counter: Counter) -> None:
    site, filing = counter.site, counter.receive()
    page = look(site, grouped(filing.code))
    assert page.status_code == 200
    for words in (
        "La firma es válida",
        filing.expediente,
        str(filing.register),
        OFFICE.entity,
        "Solicitud",
        "Recibido",
    ):
        assert words in page.text
    secrets = (PERSON.subject, PERSON.applicant.name, PERSON.applicant.number, PERSON.email, str(filing.id), "ana")
    assert not any(secret in page.text.replace("semana", "") for secret in secrets)
    for written in (filing.code.lower(), f" {filing.code[:4]} {filing.code[4:]} "):
        assert f"<h1>{filing.expediente}</h1>" in look(site, written).text
        found = site.client.get("/verify", params={"code": written}, follow_redirects=False)
        assert (found.status_code, found.headers["location"]) == (303, f"/verify/{grouped(filing.code)}")


def test_what_is_signed_can_be_checked_far_from_us_and_later_words_change_nothing(counter: Counter) -> None:
    site, filing = counter.site, counter.receive(missing=("Recibo",))
    base = f"/verify/{filing.code}"
    told, signature, key = (
        site.client.get(at) for at in (f"{base}/cargo.json", f"{base}/cargo.sig", "/verify/clave.pem")
    )
    load_pem_public_key(key.content).verify(signature.content, told.content)  # type: ignore[union-attr, call-arg]
    counter.filings.do(counter.clerk, lambda hall: hall.correct(filing.id, FilingWords(), folios=2))
    assert site.client.get(f"{base}/cargo.sig").content == signature.content
    assert b'"folios":3,"annexes":1,"status":"recibido"' in told.content


def test_wrong_codes_are_nobodys_and_whoever_tries_many_waits(site: Site) -> None:
    assert site.client.get("/verify").status_code == 200
    assert "No hay ningún cargo" in site.client.get("/verify?code=K7").text
    answers = [look(site, code).status_code for code in ("K7QM-2XTP-R4VZ", "../x", "K" * 500, "%00", "ñ")]
    assert set(answers) <= {404, 400}
    tried = [look(site, "K7QM2XTPR4VZ") for _ in range(40)]
    assert [one.status_code for one in tried][-1] == 429
    assert int(tried[-1].headers["retry-after"]) > 0
    site.clock.pass_s(60)
    assert look(site, "K7QM2XTPR4VZ").status_code == 404


def test_a_file_is_checked_against_what_was_received(counter: Counter, clerk: ClerkTwin) -> None:
    site, filing = counter.site, counter.receive()
    content = clerk.client.get(f"/desk/filing/{filing.id}/cargo.pdf").content
    answer = hand_in(site, content)
    assert (answer.status_code, finding(answer)) == (200, "whole")
    assert filing.expediente in answer.text
    assert finding(hand_in(site, content + b"\n%%EOF")) == "added_to"
    changed = bytearray(content)
    changed[random.Random(1).randrange(9, 20_000)] ^= 1
    assert finding(hand_in(site, bytes(changed))) == "altered"
    assert finding(hand_in(site, b"hola")) == "not_pdf"
    assert finding(hand_in(site, b"%PDF-1.7 hola")) == "unsigned"
    with site.engines.write.begin() as connection:
        connection.execute(text("UPDATE filing_step SET folios = 9"))
    answer = hand_in(site, content)
    assert finding(answer) == "other"
    assert filing.expediente not in answer.text


def test_what_is_no_file_or_too_much_is_refused(site: Site) -> None:
    site.clock.pass_s(60)
    assert hand_in(site, b"").status_code == 400
    assert site.client.post("/verify", data={"file": "text"}).status_code == 400
    assert hand_in(site, bytes(LARGEST_FILE + 1)).status_code == 413
    assert hand_in(site, bytes(2 * LARGEST_FILE)).status_code == 413
    assert hand_in(site, b"hola", Origin="https://otro.pe").status_code == 403
    assert [hand_in(site, b"hola").status_code for _ in range(12)][-1] == 429


def test_a_centre_tells_what_an_office_said_and_checks_its_files_by_the_keys_that_it_told(
    counter: Counter,
) -> None:
    site, filing = counter.site, counter.receive()
    here = site.client.get(f"/verify/{filing.code}/cargo.json").content
    there = msgspec.structs.replace(from_json(here, CargoStatement), office="tacna", office_name=ELSEWHERE.name)
    register = there.register.replace("lima", "tacna")
    there = msgspec.structs.replace(there, register=register)
    office = load_seal(STRANGER, site.config.keys / "none", ELSEWHERE, None)
    enclosed = [Enclosed("cargo.json", there.words, "text/json")]
    file = signed(office, drawn(said(), CargoPaper.A4, SPOKEN, dated=MORNING, enclosed=enclosed))
    with site.engines.write.begin() as connection:
        connection.execute(text("UPDATE filing SET office = 'tacna'"))
        add_home(connection, "tacna", Home("node-000000000009", "tacna-1", 1, site.clock.now()))
        take_set_up(connection, OfficeSetUp(ELSEWHERE, QueueRules()), Micros(7))
    site.composed.offices.forget()
    page = look(site, filing.code).text
    assert filing.expediente in page
    assert "Recibido en otra oficina" in page
    assert "más abajo" in page
    assert "La firma es válida" not in page
    for name in ("cargo.json", "cargo.sig"):
        assert site.client.get(f"/verify/{filing.code}/{name}").status_code == 404
    assert finding(hand_in(site, file)) == "stranger"  # nobody told its key yet
    with site.engines.write.begin() as connection:
        told = OfficeSetUp(ELSEWHERE, QueueRules(), cargo_keys=tuple(office.signing))
        take_set_up(connection, told, Micros(8))
    answer = hand_in(site, file)
    assert finding(answer) == "whole"
    assert "más abajo" not in answer.text
    # one office's key does not speak for another
    ours = load_seal(site.keys, site.config.keys, OFFICE, None)
    assert (
        finding(hand_in(site, signed(ours, drawn(said(), CargoPaper.A4, SPOKEN, dated=MORNING, enclosed=enclosed))))
        == "other"
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_speaks_the_offices_languages(counter: Counter, language: str) -> None:
    page = counter.site.client.get(f"/verify/{counter.receive().code}?l={language}").text
    assert f'lang="{language}"' in page
    assert ("The signature is valid" in page) == (language == "en")
