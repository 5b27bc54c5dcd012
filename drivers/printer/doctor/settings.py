"""The ``[printer]`` of a configuration, written so that everything else in the file stays as somebody left it."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import tomlkit
import tomlkit.exceptions

from drivers.printer.profile import PROFILES
from drivers.printer.words import FlowControl

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    from drivers.printer.doctor.findings import Overrides

DEFAULT_FILE: Final = "/etc/kiosk/kiosk.toml"
TABLE: Final = "printer"
OVERRIDES: Final = ("tier", "native_qr", "logo")

_NEW_FILE_MODE: Final = 0o644


class SettingsError(Exception):
    """The file was left as it was; the message is for the technician, in Spanish."""


def default_file() -> Path:
    """The kiosk's own: the same rule as the kiosk's."""
    return Path(os.environ.get("KIOSK_CONFIG", DEFAULT_FILE))


def table_of(port: str, baud: int, model: str, overrides: Overrides) -> str:
    """The table alone, to be pasted."""
    document = tomlkit.document()
    document[TABLE] = tomlkit.table()
    _settle(document[TABLE], port, baud, model, overrides)
    return tomlkit.dumps(document)


def merged(text: str, port: str, baud: int, model: str, overrides: Overrides) -> str:
    """The text of a configuration with this printer in it. Raises: SettingsError where it is no TOML."""
    try:
        document = tomlkit.parse(text)
    except tomlkit.exceptions.TOMLKitError as error:
        raise SettingsError(f"no es TOML válido: {error}") from error
    if TABLE not in document:
        document[TABLE] = tomlkit.table()
    table = document[TABLE]
    if not hasattr(table, "keys"):
        raise SettingsError(f"«{TABLE}» no es una tabla")
    _settle(table, port, baud, model, overrides)
    return tomlkit.dumps(document)


def write(file: Path, port: str, baud: int, model: str, overrides: Overrides) -> None:
    """Puts this printer into ``file``, which is replaced whole or not at all, and keeps its mode and owner.

    A link stays a link. Raises: SettingsError.
    """
    target = file.resolve()
    try:
        old: os.stat_result | None = target.stat()
        text = target.read_text(encoding="utf-8")
    except FileNotFoundError:
        old, text = None, ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"No se puede leer {file}: {error}") from error
    try:
        fresh = merged(text, port, baud, model, overrides)
        _replace(target, fresh.encode("utf-8"), old)
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from error
    except OSError as error:
        advice = "; repita con sudo" if isinstance(error, PermissionError) else ""
        raise SettingsError(f"No se puede escribir {file} ({error.strerror}){advice}") from error


def _settle(table: Any, port: str, baud: int, model: str, overrides: Overrides) -> None:
    """Sets what was found; an override that is not needed is added nowhere, and set right where it stands.

    ``flow`` cannot be found out: what stands there stays. So does a logo that nobody looked at on the same model.
    """
    same_model = table.get("model") == model
    profile = PROFILES[model]
    own: Overrides = {"tier": profile.tier.value, "native_qr": profile.native_qr, "logo": profile.logo.value}
    _put(table, "port", port)
    _put(table, "baud", baud)
    if "flow" not in table:
        _put(table, "flow", FlowControl.NONE.value)
    _put(table, "model", model)
    for name in OVERRIDES:
        if name in overrides:
            _put(table, name, overrides[name])
        elif name in table and not (name == "logo" and same_model):
            _put(table, name, own[name])


def _put(table: MutableMapping[str, Any], name: str, value: str | float) -> None:
    """Only what changes: an equal value keeps even its spelling."""
    if table.get(name) != value:
        table[name] = value


def _replace(target: Path, data: bytes, old: os.stat_result | None) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as fresh:
            os.fchmod(fresh.fileno(), stat.S_IMODE(old.st_mode) if old else _NEW_FILE_MODE)
            if old and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(fresh.fileno(), old.st_uid, old.st_gid)
            fresh.write(data)
            fresh.flush()
            os.fsync(fresh.fileno())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
