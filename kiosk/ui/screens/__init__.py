"""The pages of a visit, one ``.py`` and one ``.kv`` each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kivy.lang import Builder

from kiosk.flow.state import Cover
from kiosk.ui.screens import (
    ask,
    check_document,
    closed,
    contact,
    covers,
    describe,
    earlier,
    failsafe,
    folios,
    identify,
    info,
    out_of_service,
    over,
    page,
    pin,
    principal,
    request,
    review,
    service,
    staff,
    status,
    still_there,
    ticket,
    welcome,
)

if TYPE_CHECKING:
    from kiosk.ui.screens.over import Over
    from kiosk.ui.screens.page import Page

PAGES: tuple[type[Page], ...] = (
    welcome.WelcomePage,
    info.InfoPage,
    closed.ClosedPage,
    ask.AskPage,
    status.StatusPage,
    identify.IdentifyPage,
    check_document.CheckDocumentPage,
    earlier.EarlierPage,
    principal.PrincipalPage,
    service.ServicePage,
    request.RequestPage,
    describe.DescribePage,
    folios.FoliosPage,
    contact.ContactPage,
    review.ReviewPage,
    ticket.TicketPage,
    pin.PinPage,
    staff.StaffPage,
    out_of_service.OutOfServicePage,
    failsafe.FailsafePage,
)

COVERS: dict[Cover, type[Over]] = {Cover.PRIVACY: covers.PrivacyCover, Cover.HELP: covers.HelpCover}
"""What is laid over a page; one that is missing here is not drawn."""

_WITH_KV = (
    page,
    over,
    welcome,
    info,
    closed,
    ask,
    status,
    identify,
    check_document,
    earlier,
    principal,
    service,
    request,
    describe,
    folios,
    contact,
    review,
    ticket,
    pin,
    staff,
    out_of_service,
    failsafe,
    covers,
    still_there,
)


def load_kv() -> None:
    """Reads how the pages look, once, before the first is made."""
    for module in _WITH_KV:
        Builder.load_file(str(Path(module.__file__ or "").with_suffix(".kv")))
