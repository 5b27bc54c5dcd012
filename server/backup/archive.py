"""A copy's file: a tar with a manifest and the database in it, so that plain tools can look inside.

The database in it is encrypted with the server's key, which is never in it; a copy without the keys opens to nobody.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from typing import IO, TYPE_CHECKING, Any

import msgspec

from domain.clock import Micros
from domain.messages import from_json, to_json
from exchange.whole import whole_file
from server.keys import write_private
from server.owner import hand_over

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
_MANIFEST, _DATABASE = "manifest.json", "database"
_LARGEST_MANIFEST = 1024 * 1024
_CHUNK = 1024 * 1024
_KEY_FILE = re.compile(r"[a-z]{1,32}\.key")


class BackupError(Exception):
    """A copy cannot be made, read or put back; nothing was changed. ``args[0]`` is Spanish."""


class Contents(msgspec.Struct, frozen=True):
    """What is in a table: how many rows, and a sum over the hash of each, whatever their order."""

    rows: int
    digest: str


class Manifest(msgspec.Struct, frozen=True):
    """What a copy is of. ``database`` is the kind, as SQLAlchemy calls it; ``sha256`` is of the file that is in it."""

    format: int
    database: str
    node: str
    epoch: int
    revision: str
    made_at: Micros
    app_version: str
    size: int
    sha256: str
    tables: dict[str, Contents]

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(table.rows for table in self.tables.values())


def hash_of(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def pack(path: Path, manifest: Manifest, database: Path) -> None:
    """Writes a copy.

    Raises:
        WriteError: there is such a file, or it cannot be written whole.
    """
    raw = msgspec.json.format(to_json(manifest))
    with (
        database.open("rb") as content,
        whole_file(path) as file,
        tarfile.open(fileobj=file, mode="w") as tar,
    ):
        _add(tar, _MANIFEST, len(raw), io.BytesIO(raw), manifest.made_at)
        _add(tar, _DATABASE, manifest.size, content, manifest.made_at)


def _add(tar: tarfile.TarFile, name: str, size: int, content: IO[bytes], at: Micros) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, at // 1_000_000
    tar.addfile(member, content)


def read_manifest(path: Path) -> Manifest:
    """What a copy says that it is.

    Raises:
        BackupError: it is none, or damaged, or of a newer program.
        OSError: it cannot be read.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            raw = _member(tar, _MANIFEST).read(_LARGEST_MANIFEST)
        told = from_json(raw, _Format)
        if told.format > FORMAT:
            raise BackupError(f"{path} es de una versión más nueva del programa. Actualice este servidor.")
        return from_json(raw, Manifest)
    except (tarfile.TarError, EOFError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupError(f"{path} no es una copia de kiosk-server, o está dañada.") from error


class _Format(msgspec.Struct):
    format: int


def unpack(path: Path, manifest: Manifest, to: Path) -> None:
    """Takes the database out of a copy, into a new file for its owner's eyes only.

    Raises:
        BackupError: it is not what the manifest says: damaged, or cut off.
        OSError: it cannot be read, or the disk is full.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with tarfile.open(path, "r:") as tar, os.fdopen(_new(to), "wb") as file:
            content = _member(tar, _DATABASE)
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{path} está incompleta.") from error
    if (size, digest.hexdigest()) != (manifest.size, manifest.sha256):
        raise BackupError(f"{path} está dañada: lo que trae no es lo que se guardó.")


def _new(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        found = tar.extractfile(name)
    except KeyError as error:
        raise tarfile.ReadError(name) from error
    if found is None:
        raise tarfile.ReadError(name)
    return found


# --- the keys ---------------------------------------------------------------------------------------------------


def pack_keys(path: Path, folder: Path) -> int:
    """Writes the key files into one of their own; returns how many.

    Raises:
        WriteError: there is such a file, or it cannot be written whole.
        OSError: the keys cannot be read.
    """
    keys = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if _KEY_FILE.fullmatch(file.name)}
    with whole_file(path) as file, tarfile.open(fileobj=file, mode="w") as tar:
        for name, content in keys.items():
            _add(tar, name, len(content), io.BytesIO(content), Micros(0))
    return len(keys)


def unpack_keys(path: Path, folder: Path) -> None:
    """Puts the keys where they belong; those that are there stay.

    Raises:
        BackupError: it is no file of keys, or another key of that name is there.
        OSError: they cannot be read or written.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            found = {
                member.name: _member(tar, member.name).read(_LARGEST_MANIFEST)
                for member in tar
                if _KEY_FILE.fullmatch(member.name)
            }
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{path} no es una copia de claves, o está dañada.") from error
    if not found:
        raise BackupError(f"{path} no es una copia de claves.")
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        hand_over(folder, folder.parent)
    known: dict[str, Any] = {name: (folder / name) for name in found if (folder / name).exists()}
    for name, file in known.items():
        if file.read_bytes().strip() != found[name].strip():
            raise BackupError(f"{file} es otra clave que la de {path}, y no se sobrescribe.")
    for name in found.keys() - known.keys():
        write_private(folder / name, found[name])
        hand_over(folder / name, folder)
