"""The settings: one file, every fault at once, in Spanish."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

import pytest

from server.config import Config, ConfigError, config_path, load_config, secret_in

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
public_url = "https://turnos.ejemplo.gob.pe/"
data_dir = "/var/lib/otra"

[office]
id = "lima"
entity = "Gobierno Regional de Ejemplo"
name = "Mesa de partes"
tracking_base_url = "https://turnos.ejemplo.gob.pe"
hours = {opens = 07:30:00, closes = 16:00:00}

[[office.services]]
code = "tramite"
name = "Presentar un documento"
"""

WITHOUT_SERVICES = GOOD.partition("[[")[0]


def load(folder: Path, text: str | bytes) -> Config:
    file = folder / "server.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_config(file)


def faults(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigError) as found:
        load(folder, text)
    return "\n".join(found.value.args)


def test_a_good_file(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    assert config.public_url == "https://turnos.ejemplo.gob.pe"
    assert config.office.hours.opens == time(7, 30)
    assert config.database == "sqlite:////var/lib/otra/server.db"
    assert (config.host, config.port) == ("127.0.0.1", 8080)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        """
        public_url = "turnos"
        port = 99999
        database_url = "mysql://x"
        colour = "red"
        [office]
        id = 7
        name = "Mesa de partes"
        tracking_base_url = "x"
        hours = {opens = "temprano"}
        floor = 2
        services = [{code = "a"}, {code = "b", name = "B", price = 1}]
        """,
    )
    for fault in (
        "public_url: debe ser una dirección",
        "port: valor no válido",
        "database_url: debe empezar con",
        "colour: no se conoce",
        "id: valor no válido",
        "entity: falta",
        "hours: valor no válido",
        "floor: no se conoce",
        "services[0].name: falta",
        "services[1].price: no se conoce",
    ):
        assert fault in told


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "office: falta"),
        ("office = 3", "office: valor no válido"),
        ("a = ", "No es TOML válido"),
        (b"\xff\xfe", "No es TOML válido"),
        (WITHOUT_SERVICES, "services: falta"),
        (WITHOUT_SERVICES + "services = []", "hace falta al menos un servicio"),
        (WITHOUT_SERVICES + 'services = "dos"', "services: debe ser una lista"),
        (GOOD + '[[office.services]]\ncode = "tramite"\nname = "Otra vez"', "hay códigos repetidos"),
    ],
)
def test_faults_one_by_one(tmp_path: Path, text: str | bytes, fault: str) -> None:
    assert fault in faults(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No se puede leer"):
        load_config(tmp_path / "none.toml")


def test_stray_environment_variables_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104 to be ignored
    monkeypatch.setenv("KIOSK_SERVER_CONFIG", str(tmp_path / "mine.toml"))
    assert load(tmp_path, GOOD).port == 8080
    assert config_path() == tmp_path / "mine.toml"


MAIL = """
[mail]
host = "correo.ejemplo.gob.pe"
sender = "Mesa de partes <mp@ejemplo.gob.pe>"
user = "mp"
password_file = "{file}"

[sms]
url = "https://pasarela.ejemplo.gob.pe/sms"
"""


def test_how_citizens_are_told(tmp_path: Path) -> None:
    secret = tmp_path / "clave"
    secret.write_text("hunter2 \n")
    config = load(tmp_path, GOOD + MAIL.format(file=secret))
    assert config.mail is not None
    assert (config.mail.port, config.mail.security) == (587, "starttls")
    assert secret_in(config.mail.password_file, "mail.password_file") == "hunter2"
    assert secret_in(None, "sms.token_file") == ""
    with pytest.raises(ConfigError, match=r"mail.password_file: no se puede leer .*nada"):
        secret_in(tmp_path / "nada", "mail.password_file")


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ('[mail]\nhost = "a.pe"\nsender = "mesa de partes"', "mail.sender: no es una dirección de correo"),
        ('[mail]\nhost = "a.pe"\nsender = "a@b.pe, c@d.pe"', "mail.sender: no es una dirección de correo"),
        ('[mail]\nhost = "a.pe"\nsender = "a@b.pe\\nBcc: c@d.pe"', "mail.sender: no es una dirección de correo"),
        ('[mail]\nhost = "a.pe"\nsender = "a@b.pe"\nsecurity = "none"', "mail: security: sin cifrado solo se habla"),
        ('[mail]\nhost = "a.pe"\nsender = "a@b.pe"\nuser = "x"', "mail: user y password_file van juntos"),
        ('[mail]\nsender = "a@b.pe"', "mail.host: falta"),
        ('[sms]\nurl = "http://pasarela.pe/sms"', "sms.url: debe ser una dirección https"),
        ('[sms]\nurl = "pasarela"', "sms.url: debe ser una dirección https"),
    ],
)
def test_how_nobody_can_be_told(tmp_path: Path, told: str, fault: str) -> None:
    assert fault in faults(tmp_path, f"{GOOD}\n{told}")
