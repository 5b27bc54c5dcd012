"""A bug in the program: the visitor sees a calm page, the log says where, and nothing that was typed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from kiosk.flow.events import Event
    from kiosk.flow.state import State
    from tests.screens.stage import Stage


TYPED = "1234" + "5678"


def _break(_event: Event) -> State:
    raise ValueError(TYPED)


def test_a_bug_lands_on_the_failsafe_page(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    from kiosk.ui.app import FAILSAFE_S, _LastResort  # noqa: PLC0415  # Kivy after its preparation

    stopped: list[bool] = []
    stage.app.stop = lambda: stopped.append(True)
    with caplog.at_level(logging.CRITICAL, "kiosk.ui"):
        try:
            _break(None)  # type: ignore[arg-type]  # whatever it was
        except ValueError as bug:
            _LastResort(stage.app).handle_exception(bug)
    stage.play()
    assert stage.app._root.page.name == "FailsafePage"
    assert stage.app.failed
    (record,) = caplog.records
    assert record.message.startswith("ui.failed error=ValueError where=")
    assert "_break" in record.message
    assert TYPED not in str(record.__dict__)
    assert not stopped
    stage.play(FAILSAFE_S + 1)
    assert stopped == [True]
    del stage.app.stop


def test_ctrl_c_ends_it_and_is_no_bug(stage: Stage) -> None:
    from kiosk.ui.app import _LastResort  # noqa: PLC0415  # Kivy after its preparation

    stopped: list[bool] = []
    stage.app.stop = lambda: stopped.append(True)
    _LastResort(stage.app).handle_exception(KeyboardInterrupt())
    assert stopped == [True]
    assert not stage.app.failed
    del stage.app.stop


def test_a_state_that_comes_later_does_not_hide_it(stage: Stage) -> None:
    stage.app._root.show_failsafe()
    stage.app.failed = True
    stage.app.show(stage.state)
    stage.play()
    assert stage.app._root.page.name == "FailsafePage"
