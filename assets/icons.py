"""The pictures that stand beside words, by what they mean here.

Each value is the name of a filled Material Symbol (rounded). The order gives each its character in the icon font,
so new ones are added at the end; `assets.build` makes the font and the SVGs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from assets import file

if TYPE_CHECKING:
    from pathlib import Path

FIRST_CHARACTER = 0xE000
"""Where Unicode's private use area begins."""


class Icon(StrEnum):
    """An icon. ``char`` draws it in the icon font."""

    TICKET = "confirmation_number"
    FORWARD = "arrow_forward"
    BACK = "chevron_left"
    DONE = "check"
    DONE_ROUND = "check_circle"
    CLOSE = "close"
    ERASE = "backspace"
    SHIFT = "shift"
    SHIFT_LOCK = "shift_lock"
    SPACE = "space_bar"
    KEYBOARD = "keyboard"
    RESTART = "restart_alt"
    SCAN = "barcode_scanner"
    QR = "qr_code_2"
    ID_CARD = "id_card"
    NO_ID_CARD = "no_accounts"
    PASSPORT = "menu_book"
    PERSON = "person"
    PEOPLE = "group"
    PREFERENTIAL = "accessible"
    DOCUMENT = "description"
    HAND_IN = "upload_file"
    SEARCH = "search"
    EDIT = "edit"
    MAIL = "mail"
    MOBILE = "mobile"
    NO_NOTICE = "notifications_off"
    NOTICE = "notifications"
    CLOCK = "schedule"
    CALENDAR = "calendar_month"
    HOURGLASS = "hourglass_top"
    CLOSED = "bedtime"
    OFFICE = "account_balance"
    PLACE = "location_on"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    OUT_OF_SERVICE = "construction"
    PRINT = "print"
    PRINT_ERROR = "print_error"
    PHOTO = "photo_camera"
    NO_CAMERA = "no_photography"
    LARGE_TEXT = "format_size"
    CONTRAST = "contrast"
    REACH = "accessibility_new"
    SPEAK = "volume_up"
    HELP = "support_agent"
    LANGUAGE = "translate"
    TOUCH = "touch_app"
    PRIVACY = "shield_person"
    LOCK = "lock"
    OFFLINE = "cloud_off"
    CALL = "campaign"
    ABSENT = "person_off"
    SIGN_OUT = "logout"
    CLOSER = "zoom_in"
    STRAIGHTEN = "straighten"
    GLARE = "flare"
    TURN_OVER = "flip_camera_android"
    TURN_PAGE = "keyboard_arrow_down"
    TICKED = "check_box"
    UNTICKED = "check_box_outline_blank"
    MORE = "add"
    LESS = "remove"
    USB = "usb"
    DISC = "album"
    DIAGNOSIS = "medical_information"
    MEDICAL_TEST = "biotech"
    FOLIOS = "file_copy"
    COPY = "receipt_long"
    MORE_TIME = "more_time"
    COMPANY = "apartment"
    WEB = "public"
    COMPLAINT = "rate_review"
    SETTINGS = "settings"
    POWER = "power_settings_new"
    EARPHONES = "headphones"
    PHONE = "call"
    EARLIER = "history"
    FOR_ANOTHER = "group_add"
    PAUSED = "pause_circle"
    STORE = "storage"
    SYNC = "sync"

    @property
    def char(self) -> str:
        """Its character in the icon font."""
        return chr(FIRST_CHARACTER + list(Icon).index(self))

    @property
    def svg(self) -> Path:
        """Its drawing for web pages: 24 x 24 units, painted with ``currentColor``."""
        return file("icons", f"{self.value}.svg")
