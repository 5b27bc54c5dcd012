from __future__ import annotations

import pytest

from tests.screens.stage import PORTRAIT_SMALL, Stage


@pytest.fixture(scope="session")
def _one_stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Kivy has one window a process."""
    return Stage(tmp_path_factory.mktemp("kivy"))


@pytest.fixture
def stage(_one_stage: Stage, request: pytest.FixtureRequest) -> Stage:
    """The stage, swept: nothing posted, the welcome page, half size unless the test measures several panels."""
    _one_stage.sweep()
    if "panel" not in request.fixturenames:
        _one_stage.resize(PORTRAIT_SMALL)
    return _one_stage
