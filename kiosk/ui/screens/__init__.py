"""The pages of a visit, one ``.py`` and one ``.kv`` each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kivy.lang import Builder

from kiosk.ui.screens import (
    check_document,
    closed,
    contact,
    describe,
    failsafe,
    identify,
    over,
    page,
    review,
    service,
    still_there,
    ticket,
    welcome,
)

if TYPE_CHECKING:
    from kiosk.flow.state import Cover
    from kiosk.ui.screens.over import Over
    from kiosk.ui.screens.page import Page

PAGES: tuple[type[Page], ...] = (
    welcome.WelcomePage,
    closed.ClosedPage,
    identify.IdentifyPage,
    check_document.CheckDocumentPage,
    service.ServicePage,
    describe.DescribePage,
    contact.ContactPage,
    review.ReviewPage,
    ticket.TicketPage,
    failsafe.FailsafePage,
)

COVERS: dict[Cover, type[Over]] = {}
"""What is laid over a page; one that is missing here is not drawn."""

_WITH_KV = (
    page,
    over,
    welcome,
    closed,
    identify,
    check_document,
    service,
    describe,
    contact,
    review,
    ticket,
    failsafe,
    still_there,
)


def load_kv() -> None:
    """Reads how the pages look, once, before the first is made."""
    for module in _WITH_KV:
        Builder.load_file(str(Path(module.__file__ or "").with_suffix(".kv")))
