"""The disk fills up, under the kiosk or under the server, while turns are taken: none that was told is lost."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.failures.nursery import Nursery
from tests.failures.stage import Kiosk, Server, Stage

SIZE = "32m"


class SmallDisk:
    """A tmpfs of a few megabytes. What fills it is a file that grows until nothing more goes in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
        self.is_there = subprocess.run(command, capture_output=True, check=False).returncode == 0

    def fill(self) -> None:
        ballast = os.open(self.folder / "ballast", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            while True:
                os.write(ballast, bytes(4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
        finally:
            os.close(ballast)

    def clear(self) -> None:
        (self.folder / "ballast").unlink()

    def close(self) -> None:
        if self.is_there:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture(params=["tmpfs", "max_page_count"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk | None]:
    """A small disk to be put under something; None where the database itself is told to grow no more."""
    if request.param == "max_page_count":
        yield None
        return
    disk = SmallDisk(tmp_path / "office")
    if not disk.is_there:
        pytest.skip("no disk can be mounted here; max_page_count stands in")
    yield disk
    disk.close()


def fill_kiosk(kiosk: Kiosk, disk: SmallDisk | None, rounds: int) -> None:
    for _ in range(rounds):
        kiosk.obey("issue 10 2")
        refused = len(kiosk.refused)
        if disk is None:
            kiosk.obey("pages 1")
        else:
            disk.fill()
        while len(kiosk.refused) < refused + 10:  # what is free inside the file is used up first
            kiosk.obey("issue 20 2")
        if disk is None:
            kiosk.obey("pages 0")
        else:
            disk.clear()
        refused = len(kiosk.refused)
        kiosk.obey("issue 10 2")
        assert len(kiosk.refused) == refused, "there is room again, and it goes on"


@pytest.mark.parametrize("rounds", [pytest.param(1, id="1"), pytest.param(25, id="25", marks=pytest.mark.long)])
def test_of_the_kiosk(
    tmp_path: Path,
    nursery: Nursery,
    founded: Path,
    disk: SmallDisk | None,
    rounds: int,
    told: Callable[[str], None],
) -> None:
    place = tmp_path / "server"
    place.mkdir()
    stage = Stage(place, nursery, founded)
    try:
        stage.server.start()
        kiosk = stage.kiosk(folder=disk.folder if disk else None)
        kiosk.start()
        fill_kiosk(kiosk, disk, rounds)
        kiosk.drain(patience_s=120)
        kiosk.stop()
        reckoning = stage.reckon()
    finally:
        stage.close()
    used = "tmpfs" if disk else "max_page_count"
    told(f"kiosk's disk full n={rounds} by {used}: refused={len(kiosk.refused)} {reckoning}")
    assert set(kiosk.refused) == {"StoreUnusableError"}
    assert reckoning.is_whole
    assert reckoning.told == reckoning.stored


def fill_server(server: Server, disk: SmallDisk | None, kiosk: Kiosk, flag: Path, rounds: int) -> None:
    for n in range(1, rounds + 1):
        kiosk.obey("issue 10 2")
        kiosk.drain(patience_s=120)
        if disk is None:
            flag.write_text("1", encoding="ascii")
        else:
            disk.fill()
        told = kiosk.log.count("sync.failed")
        while kiosk.log.count("sync.failed") == told:
            kiosk.obey("issue 40 2")
        kiosk.obey("issue 10 2")
        if disk is None:
            flag.unlink()
        else:
            disk.clear()
        assert server.is_running, n


@pytest.mark.parametrize("rounds", [pytest.param(1, id="1"), pytest.param(25, id="25", marks=pytest.mark.long)])
def test_of_the_server(
    tmp_path: Path,
    nursery: Nursery,
    founded: Path,
    disk: SmallDisk | None,
    rounds: int,
    told: Callable[[str], None],
) -> None:
    stage = Stage(tmp_path, nursery, founded)
    try:
        flag = tmp_path / "pages"
        stage.server.start(pages=None if disk else flag)
        kiosk = stage.kiosk()
        kiosk.start()
        fill_server(stage.server, disk, kiosk, flag, rounds)
        kiosk.drain(patience_s=400)
        reckoning = stage.reckon()
        assert stage.server.end() == 0
        said = stage.server.log
    finally:
        stage.close()
    used = "tmpfs" if disk else "max_page_count"
    told(f"server's disk full n={rounds} by {used}: {reckoning}")
    assert "HTTP 503 store_unusable" in kiosk.log
    assert "store.unusable" in said
    assert "Traceback" not in said  # it may have to be written to the same disk
    assert "ticket.issued" not in said  # nor does it tell of rows
    assert kiosk.refused == []
    assert reckoning.is_whole
    assert reckoning.told == reckoning.stored
