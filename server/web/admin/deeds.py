"""What the audit log's words mean, in Spanish."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gettext


def deed_words(texts: gettext.NullTranslations) -> dict[str, str]:
    """Every action that is known, in the order in which a form offers them."""
    return {
        "session.opened": texts.gettext("deed.session_opened"),
        "session.closed": texts.gettext("deed.session_closed"),
        "ticket.viewed": texts.gettext("deed.ticket_viewed"),
        "ticket.chosen": texts.gettext("deed.ticket_chosen"),
        "ticket.class_changed": texts.gettext("deed.ticket_class_changed"),
        "ticket.copy_asked": texts.gettext("deed.ticket_copy_asked"),
        "help.answered": texts.gettext("deed.help_answered"),
        "kiosk.ordered": texts.gettext("deed.kiosk_ordered"),
        "account.added": texts.gettext("deed.account_added"),
        "account.changed": texts.gettext("deed.account_changed"),
        "account.lists": texts.gettext("deed.account_lists"),
        "account.password": texts.gettext("deed.account_password"),
        "account.own_password": texts.gettext("deed.account_own_password"),
        "account.reviewed": texts.gettext("deed.account_reviewed"),
        "counter.added": texts.gettext("deed.counter_added"),
        "counter.renamed": texts.gettext("deed.counter_renamed"),
        "counter.removed": texts.gettext("deed.counter_removed"),
        "machine.code": texts.gettext("deed.machine_code"),
        "machine.enrolled": texts.gettext("deed.machine_enrolled"),
        "machine.revoked": texts.gettext("deed.machine_revoked"),
        "service.added": texts.gettext("deed.service_added"),
        "service.changed": texts.gettext("deed.service_changed"),
        "service.ordered": texts.gettext("deed.service_ordered"),
        "service.removed": texts.gettext("deed.service_removed"),
        "office.named": texts.gettext("deed.office_named"),
        "office.hours": texts.gettext("deed.office_hours"),
        "office.closed": texts.gettext("deed.office_closed"),
        "office.closure_removed": texts.gettext("deed.office_closure_removed"),
        "office.rules": texts.gettext("deed.office_rules"),
        "board.added": texts.gettext("deed.board_added"),
        "board.changed": texts.gettext("deed.board_changed"),
        "board.removed": texts.gettext("deed.board_removed"),
        "notice.added": texts.gettext("deed.notice_added"),
        "notice.changed": texts.gettext("deed.notice_changed"),
        "notice.removed": texts.gettext("deed.notice_removed"),
        "slide.added": texts.gettext("deed.slide_added"),
        "slide.described": texts.gettext("deed.slide_described"),
        "slide.moved": texts.gettext("deed.slide_moved"),
        "slide.removed": texts.gettext("deed.slide_removed"),
        "history.exported": texts.gettext("deed.history_exported"),
        "register.viewed": texts.gettext("deed.register_viewed"),
        "register.handed": texts.gettext("deed.register_handed"),
        "register.exported": texts.gettext("deed.register_exported"),
        "node.restored": texts.gettext("deed.node_restored"),
        "audit.viewed": texts.gettext("deed.audit_viewed"),
        "audit.exported": texts.gettext("deed.audit_exported"),
    }
