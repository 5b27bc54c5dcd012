"""A file that is there whole or not at all, whenever the power goes or the stick is pulled."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class WriteError(Exception):
    """A file could not be written, and nothing of it is left. ``args[0]`` is Spanish."""


@contextmanager
def whole_file(path: Path, *, replace: bool = False) -> Iterator[IO[bytes]]:
    """What is written inside the block is at ``path`` when the block ends, safe on the disk, for its owner's eyes only.

    Raises:
        WriteError: there is one already and it may not be replaced, or the disk is full, gone or read-only.
    """
    part: Path | None = None
    try:
        if not replace and path.exists():
            raise FileExistsError(errno.EEXIST, "")
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)  # 0600
        part = Path(name)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            part.replace(path)
        else:
            _put_where_nothing_is(part, path)
        sync_folder(path.parent)
    except OSError as error:
        raise WriteError(f"No se pudo escribir {path}: {_why(error)}.") from error
    finally:
        if part is not None:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Makes what was renamed in ``folder`` survive a power cut.

    Raises:
        OSError: the disk is gone.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some sticks' file systems cannot, and need not
            raise
    finally:
        os.close(handle)


def _put_where_nothing_is(part: Path, path: Path) -> None:
    try:
        path.hardlink_to(part)  # refuses where there is a file, which a rename would not
    except FileExistsError:
        raise
    except OSError:  # a stick's file system has no second names
        if path.exists():
            raise FileExistsError(errno.EEXIST, "") from None
        part.rename(path)


_WORDS = {
    errno.EEXIST: "ya existe, y no se sobrescribe",
    errno.ENOSPC: "no queda espacio",
    errno.EDQUOT: "no queda espacio",
    errno.EFBIG: "es demasiado grande para ese medio",
    errno.EIO: "el medio no responde; ¿se retiró?",
    errno.ENODEV: "el medio no responde; ¿se retiró?",
    errno.ENXIO: "el medio no responde; ¿se retiró?",
    errno.ENOENT: "no existe esa carpeta",
    errno.ENOTDIR: "no existe esa carpeta",
    errno.EACCES: "no hay permiso",
    errno.EPERM: "no hay permiso",
    errno.EROFS: "el medio es de solo lectura",
}


def _why(error: OSError) -> str:
    return _WORDS.get(error.errno or 0, error.strerror or "error desconocido")


def write_whole(path: Path, content: bytes) -> None:
    """Writes ``path`` anew, in the place of one that may be there; it is on the disk when this returns.

    Raises:
        WriteError: it cannot be written; what was there before still is.
    """
    with whole_file(path, replace=True) as file:
        file.write(content)
