"""The kiosk's settings: one TOML file, named by ``KIOSK_CONFIG``; every fault in it is told at once.

Secrets stand in files of their own (the store's key, the enrolment), never here.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import pydantic
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from domain.messages import Enrolment, from_json
from drivers.printer.words import FlowControl, LogoMemory, Tier
from exchange.signing import DeviceKey, DeviceKeyError, load_device_key
from kiosk.texts import USUAL_LANGUAGES

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

DEFAULT_PATH = Path("/etc/kiosk/kiosk.toml")


class ConfigError(Exception):
    """The configuration cannot be used; the message lists every fault, in Spanish."""


class PrinterSettings(pydantic.BaseModel, extra="forbid"):
    """The ticket printer, as its doctor found it (``python -m drivers.printer doctor``).

    ``port`` is a serial device, best a stable link such as /dev/kiosk-printer, or one of the other forms of
    `drivers.printer.ports`. ``model`` is a kind of printer; ``tier``, ``native_qr`` and ``logo`` stand here where this
    one differs from its kind. ``roll_m`` is a full roll's length in metres, 0 where paper is not to be counted.
    """

    port: str = "/dev/kiosk-printer"
    baud: Literal[9600, 19200, 38400, 57600, 115200] = 9600
    flow: FlowControl = FlowControl.NONE
    model: Literal["epson-80", "clone-80", "plain-80", "mini-58"] = "epson-80"
    tier: Tier | None = None
    native_qr: bool | None = None
    logo: LogoMemory | None = None
    roll_m: float = pydantic.Field(default=80.0, ge=0)


class ScannerSettings(pydantic.BaseModel, extra="forbid"):
    """What reads documents, as its doctor found it (``python -m drivers.scanner doctor``).

    ``source`` is where frames come from: ``camera:auto``, ``camera:DEVICE``, ``video:FILE``, ``images:DIR``,
    ``virtual:dni`` and what else `drivers.scanner.spec` knows, or ``none`` for no camera. ``usb`` is a USB scanner:
    ``auto``, ``off``, a serial device, or ``vendor:product[:serial]``. A scanner that plays a keyboard is read in any
    case; ``keyboard`` says that there is one, so that the screen asks for it where there is no camera. ``light`` is the
    lamp at the camera: ``none``, or ``command:PROGRAM ARGUMENTS``, which is called with on or off. ``keep_name`` takes
    the holder's name along when a DNI's two-dimensional code gives it.
    """

    source: str = "camera:auto"
    usb: str = "auto"
    keyboard: bool = False
    light: str = "none"
    keep_name: bool = False


Language = Annotated[str, pydantic.Field(pattern=r"^[a-z]{2,3}$")]
"""The code of a language, as its catalogue's folder is named."""


class ScreenSettings(pydantic.BaseModel, extra="forbid"):
    """The window: the whole screen, or ``width`` by ``height`` pixels; and what is seen and heard of it.

    ``rotation`` turns the picture by so many degrees where the panel is mounted turned. ``languages`` are offered in
    that order, the first at the beginning of every visit. ``motion``, ``sound`` and ``voice`` False leave out what
    moves, what clicks, and what speaks to those who ask for it.
    """

    fullscreen: bool = True
    width: int = pydantic.Field(default=1080, ge=540)
    height: int = pydantic.Field(default=1920, ge=540)
    rotation: Literal[0, 90, 180, 270] = 0
    languages: tuple[Language, ...] = USUAL_LANGUAGES
    motion: bool = True
    sound: bool = True
    voice: bool = True

    @pydantic.field_validator("languages")
    @classmethod
    def _one_at_least(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if not languages:
            raise ValueError("none")
        return languages


class KioskSettings(BaseSettings):
    """All of it. ``data_dir`` holds the store, its key and the enrolment."""

    model_config = SettingsConfigDict(extra="forbid")

    data_dir: Path = Path("/var/lib/kiosk")
    printer: PrinterSettings = PrinterSettings()
    scanner: ScannerSettings = ScannerSettings()
    screen: ScreenSettings = ScreenSettings()

    @property
    def store_path(self) -> Path:
        """The encrypted store."""
        return self.data_dir / "kiosk.db"

    @property
    def key_path(self) -> Path:
        """The store's key."""
        return self.data_dir / "kiosk.key"

    @property
    def pin_path(self) -> Path:
        """The hash of the staff's PIN (`kiosk setup`)."""
        return self.data_dir / "staff.pin"

    @property
    def enrolment_path(self) -> Path:
        """What the server gave this kiosk."""
        return self.data_dir / "enrolment.json"

    @property
    def device_key_path(self) -> Path:
        """The key by which the server knows this machine; it never leaves it."""
        return self.data_dir / "device.key"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The file is the only source: an environment variable nobody remembers changes no kiosk."""
        return (TomlConfigSettingsSource(settings_cls, config_path()),)


def config_path() -> Path:
    """The file that holds the settings."""
    return Path(os.environ.get("KIOSK_CONFIG", DEFAULT_PATH))


def load_settings() -> KioskSettings:
    """The settings of this machine.

    Raises:
        ConfigError: the file is missing or not TOML, or some of its values cannot be; all are listed.
    """
    path = config_path()
    if not path.is_file():
        raise ConfigError(f"No existe el archivo de configuración {path}")
    try:
        return KioskSettings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} no es TOML válido: {error}") from error
    except pydantic.ValidationError as error:
        faults = (f"  {'.'.join(map(str, fault['loc']))}: {_in_spanish(fault)}" for fault in error.errors())
        raise ConfigError("\n".join((f"{path} tiene errores:", *faults))) from error


_SPANISH = {
    "extra_forbidden": "no se conoce",
    "literal_error": "debe ser {expected}",
    "enum": "debe ser {expected}",
    "float_parsing": "debe ser un número",
    "float_type": "debe ser un número",
    "greater_than_equal": "debe ser {ge} o más",
    "int_parsing": "debe ser un número entero",
    "int_type": "debe ser un número entero",
    "bool_parsing": "debe ser true o false",
    "bool_type": "debe ser true o false",
    "string_type": "debe ser un texto",
    "string_pattern_mismatch": "debe ser el código de una lengua, como es",
    "tuple_type": "debe ser una lista",
}


def _in_spanish(fault: ErrorDetails) -> str:
    """A fault of one value, for the technician."""
    return _SPANISH.get(fault["type"], "valor no válido").format(**fault.get("ctx", {}))


def load_enrolment(path: Path) -> Enrolment:
    """What makes this machine a kiosk of its office.

    Raises:
        ConfigError: there is none, or it is damaged.
    """
    try:
        return from_json(path.read_bytes(), Enrolment)
    except FileNotFoundError as error:
        raise ConfigError(f"Este kiosco no está inscrito: falta {path} (kiosk setup --server URL)") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} no es una inscripción válida: {error}") from error


def load_device(path: Path) -> DeviceKey:
    """The key by which the server knows this machine.

    Raises:
        ConfigError: there is none, or it is damaged.
    """
    try:
        device = load_device_key(path)
    except DeviceKeyError as error:
        raise ConfigError(f"{error}. Bórrelo e inscriba este equipo otra vez (kiosk setup --server URL)") from error
    if device is None:
        raise ConfigError(f"Falta la clave de este equipo, {path}. Inscríbalo otra vez (kiosk setup --server URL)")
    return device
