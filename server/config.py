"""The settings of a server: one TOML file, read once at start, with every fault in it told at once."""

from __future__ import annotations

import os
import tomllib
from email.errors import HeaderParseError
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from domain.messages import Enrolment, from_json
from domain.office import Office, Service

DEFAULT_PATH = Path("/etc/kiosk/server.toml")
PATH_VARIABLE = "KIOSK_SERVER_CONFIG"


class ConfigError(Exception):
    """The file cannot be used. ``args`` are its faults, each one line of Spanish."""


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise PydanticCustomError("address", "debe ser una dirección como https://turnos.entidad.gob.pe, sin ruta")
    return text.rstrip("/")


def _database(text: str) -> str:
    if text and not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise PydanticCustomError("database", "debe empezar con sqlite:/// o postgresql+psycopg://")
    return text


def _office(table: Any) -> Any:
    """The office's table as `Office`; every field is tried, so that all its faults come out together."""
    if not isinstance(table, dict):
        return table
    faults = _struct_faults(table, Office, "")
    services = table.get("services")
    for place, service in enumerate(services if isinstance(services, list) else ()):
        if isinstance(service, dict):
            faults += _struct_faults(service, Service, f"services[{place}].")
    if not faults:
        office = msgspec.convert(table, Office)
        if not office.services:
            faults.append("services: hace falta al menos un servicio")
        if len({service.code for service in office.services}) != len(office.services):
            faults.append("services: hay códigos repetidos")
    if faults:
        raise PydanticCustomError("office", "{faults}", {"faults": "; ".join(faults)})
    return office


def _struct_faults(table: dict[str, Any], shape: type[msgspec.Struct], at: str) -> list[str]:
    fields = {field.name: field for field in msgspec.structs.fields(shape)}
    faults = [f"{at}{name}: no se conoce" for name in table if name not in fields]
    for name, field in fields.items():
        if name not in table:
            faults += [f"{at}{name}: falta"] if field.required else []
            continue
        if name == "services":  # each is tried by itself, with its place
            faults += [] if isinstance(table[name], list) else [f"{at}{name}: debe ser una lista"]
            continue
        try:
            msgspec.convert(table[name], field.type)
        except msgspec.ValidationError:
            faults.append(f"{at}{name}: valor no válido")
    return faults


def _sender(text: str) -> str:
    message = EmailMessage()
    try:
        message["From"] = text
        addresses = message["From"].addresses
    except (ValueError, HeaderParseError) as error:
        raise PydanticCustomError("mail", "no es una dirección de correo") from error
    if len(addresses) != 1 or "." not in addresses[0].domain or message["From"].defects:
        raise PydanticCustomError("mail", "no es una dirección de correo")
    return text


def _gateway(text: str) -> str:
    parts = urlsplit(text)
    is_local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or parts.scheme not in {"http", "https"} or (parts.scheme == "http" and not is_local):
        raise PydanticCustomError("mail", "debe ser una dirección https")
    return text


class UpstreamConfig(BaseModel):
    """That there is a centre above. ``enrolment`` is the file that the centre gave this node."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enrolment: Path | None = None
    """None for ``data_dir``/upstream.json."""


class MailConfig(BaseModel):
    """The SMTP server by which citizens are told. ``password_file`` holds the password, apart from this file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """``none`` only for a server on this machine."""
    sender: Annotated[str, AfterValidator(_sender)]
    """From whom: an address, or a name and <address>."""
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    """The authority of a server whose certificate is the entity's own; None for those that the system trusts."""

    @model_validator(mode="after")
    def _not_in_clear(self) -> MailConfig:
        if self.security == "none" and self.host not in {"localhost", "127.0.0.1", "::1"}:
            raise PydanticCustomError("mail", "security: sin cifrado solo se habla con un servidor en este equipo")
        if bool(self.user) != (self.password_file is not None):
            raise PydanticCustomError("mail", "user y password_file van juntos")
        return self


class SmsConfig(BaseModel):
    """The entity's SMS gateway (`server.delivery.sms`). ``token_file`` holds its token, apart from this file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_gateway)]
    token_file: Path | None = None


class CargoConfig(BaseModel):
    """The entity's own certificate, by which cargos are signed in place of this server's key.

    ``certificate`` is a PKCS#12 file with its private key; ``password_file`` holds its password and nothing else.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate: Path
    password_file: Path | None = None
    """None for a file without a password."""


class Config(BaseSettings):
    """Everything that differs between two servers. Secrets are not here but in key files beside the data."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    office: Annotated[InstanceOf[Office], BeforeValidator(_office)]
    """The office whose home node this is."""
    public_url: Annotated[str, AfterValidator(_web_address)]
    """How browsers reach this server; cookies are marked Secure when it is https."""
    data_dir: Path = Path("/var/lib/kiosk-server")
    keys_dir: Path | None = None
    """Where the key files are; None for ``data_dir``/keys."""
    database_url: Annotated[str, AfterValidator(_database)] = ""
    """Empty for an encrypted SQLite file in ``data_dir``."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    """0 lets the system choose a free port (tests)."""
    upstream: UpstreamConfig | None = None
    """The centre above, to which everything goes on; None where this node is the top."""
    mail: MailConfig | None = None
    """None: nobody is told by e-mail."""
    sms: SmsConfig | None = None
    """None: nobody is told by SMS."""
    cargo: CargoConfig | None = None
    """By what cargos are signed; None for this server's own key."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the file says: a stray environment variable must not change an office."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def database(self) -> str:
        """The database's URL, with its default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'server.db'}"

    @property
    def upstream_enrolment(self) -> Path | None:
        """The file by which this node speaks to the centre; None where there is none above."""
        if self.upstream is None:
            return None
        return self.upstream.enrolment or self.data_dir / "upstream.json"

    @property
    def keys(self) -> Path:
        """The folder of the key files."""
        return self.keys_dir or self.data_dir / "keys"


def load_upstream(config: Config) -> Enrolment | None:
    """What the centre gave this node; None where there is none above.

    Raises:
        ConfigError: the file is not there, is none of a node's, or is another office's.
    """
    path = config.upstream_enrolment
    if path is None:
        return None
    try:
        enrolment = from_json(path.read_bytes(), Enrolment)
    except OSError as error:
        raise ConfigError(f"upstream.enrolment: no se puede leer {path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"upstream.enrolment: {path} no es una inscripción") from error
    if not enrolment.is_node:
        raise ConfigError(f"upstream.enrolment: {path} es de un equipo, no de un servidor")
    if enrolment.office.id != config.office.id:
        raise ConfigError(f"upstream.enrolment: {path} es de la oficina «{enrolment.office.id}»")
    return enrolment


def secret_in(path: Path | None, setting: str) -> str:
    """What a file holds that only its owner should read; empty for no file.

    Raises:
        ConfigError: it cannot be read.
    """
    if path is None:
        return ""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{setting}: no se puede leer {path}") from error


def config_path() -> Path:
    """The file that this process uses: ``KIOSK_SERVER_CONFIG``, else /etc/kiosk/server.toml."""
    return Path(os.environ.get(PATH_VARIABLE) or DEFAULT_PATH)


def load_config(path: Path) -> Config:
    """The settings in ``path``.

    Raises:
        ConfigError: it cannot be read or used; tells everything that is wrong.
    """
    try:
        with path.open("rb") as file:
            tomllib.load(file)  # the source below forgives a file that is not there
        return Config(**TomlConfigSettingsSource(Config, path)())
    except OSError as error:
        raise ConfigError(f"No se puede leer: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"No es TOML válido: {error}.") from error
    except ValidationError as error:
        raise ConfigError(*(_in_spanish(fault) for fault in error.errors())) from error


_SPANISH = {"missing": "falta", "extra_forbidden": "no se conoce"}


def _in_spanish(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    ours = {"address", "database", "office", "mail"}
    what = fault["msg"] if fault["type"] in ours else _SPANISH.get(fault["type"], "valor no válido")
    return f"{where}: {what}"
