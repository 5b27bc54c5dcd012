"""A centre, and an office's server below it; each started once a kind of database."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from server.centre import Upstream
from tests.server.conftest import swept
from tests.server.upstream.chain import Chain, Line, Office, enrol_node, found_office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.conftest import Site
    from tests.server.postgres import Cluster


@pytest.fixture(scope="session")
def lower_building(
    building: Site, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, migrated: Path
) -> Iterator[tuple[Site, Line]]:
    """An office's server of the same kind of database as the building, which is its centre."""
    folder = tmp_path_factory.mktemp("office")
    shutil.copytree(migrated, folder, dirs_exist_ok=True)
    url = ""
    if not building.engines.is_sqlite:
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.url(cluster.new_database(request.getfixturevalue("migrated_database")))
    found_office(folder, url)
    line = Line()
    swept(building)  # whatever the tests before it enrolled there
    line.centre, line.machine = building.client, enrol_node(building)
    with pytest.MonkeyPatch.context() as patch, Office(folder, building.clock, line, url) as office:
        patch.setattr(Upstream, "start", lambda _self: None)  # it exchanges when a test says so
        yield office.start(), line


@pytest.fixture
def chain(site: Site, lower_building: tuple[Site, Line]) -> Chain:
    """A centre and an office below it, both swept."""
    lower, line = lower_building
    swept(lower)
    line.reset(site.client, enrol_node(site))
    assert lower.composed.above is not None
    return Chain(site, lower, line, lower.composed.above.client())
