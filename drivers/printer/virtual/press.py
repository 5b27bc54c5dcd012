"""Setting and printing: what the head is set to, the line it gathers, and the strip under it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from drivers.printer.virtual.language import Op
from drivers.printer.virtual.letters import Style, is_wide
from drivers.printer.virtual.paper import CENTRE, LEFT, LINE_DOTS, RIGHT, Area, Run, Strip, qr_side
from drivers.printer.virtual.picture import PictureError, enlarged, from_columns, from_rows, read_graphic

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from PIL import Image

    from drivers.printer.virtual.memory import Memory
    from drivers.printer.virtual.models import Model
    from drivers.printer.virtual.paper import Ticket
    from drivers.printer.virtual.parser import Command

_CODE_PAGES: Final = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    13: "cp857",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
}
_NATIONAL_SETS: Final = 18
_LARGEST: Final = 8
_UNDERLINES: Final = {0: 0, 1: 1, 2: 2, 48: 0, 49: 1, 50: 2}
_FONTS: Final = {0: False, 1: True, 48: False, 49: True}
_ALIGNS: Final = {0: LEFT, 1: CENTRE, 2: RIGHT, 48: LEFT, 49: CENTRE, 50: RIGHT}
_ENLARGED: Final = {0: (1, 1), 1: (2, 1), 2: (1, 2), 3: (2, 2), 48: (1, 1), 49: (2, 1), 50: (1, 2), 51: (2, 2)}
_COLUMNS: Final = {0: (1, 2, 3), 1: (1, 1, 3), 32: (3, 2, 1), 33: (3, 1, 1)}
"""ESC * m: bytes a column, and how many times it is drawn across and down."""
_MISSING: Final = "\u3013"
"""What a Chinese printer draws for a pair of bytes that is no character."""
_FIRST_OF_PAIR: Final = 0x81


@dataclass(slots=True)
class _Settings:
    """All that ESC @ puts back."""

    width: int
    chinese: bool
    align: int = LEFT
    style: Style = field(default_factory=Style)
    double_strike: bool = False
    upside_down: bool = False
    code_page: str = "cp437"
    spacing: int = LINE_DOTS
    left: int = 0
    qr_module: int = 3
    qr_level: int = 48
    qr_data: str = ""
    graphic: Image.Image | None = None


class Press:
    """Executes what concerns the paper. Every command returns the dots that the paper moved."""

    def __init__(self, model: Model, memory: Memory, complain: Callable[[str], None]) -> None:
        """``complain`` takes a violation, ``memory`` has the logos."""
        self.strip = Strip(model)
        self._model, self._memory, self._complain = model, memory, complain
        self._enlarge: tuple[int, int] | None = None
        self._row_bytes = 0
        self.forget()

    def forget(self) -> None:
        """Settings and the unprinted line are gone, as after a loss of power; the paper stays."""
        self._settings = _Settings(self._model.head_dots, self._model.wakes_in_chinese)
        self.drop_line()

    def drop_line(self) -> None:
        """The unprinted line is gone; the settings stay."""
        self._line: list[Run] = []
        self._lead = b""

    def execute(self, command: Command) -> int:
        """One printing command."""
        if command.op is Op.TEXT:
            return self._write(self._lead + command.params)
        moved = self._set([_MISSING]) if self._lead else 0
        self._lead = b""
        if command.op in _PRINTS:
            return moved + self._print(command)
        if command.op in _STYLES:
            self._restyle(command)
        else:
            self._adjust(command)
        return moved

    def reset(self) -> None:
        """ESC @: a job begins. What an earlier one left on the strip will not be continued."""
        self.strip.break_off()
        self.forget()

    def cut(self, feed_dots: int) -> Ticket | None:
        """The blade falls. The next ticket begins with what is between head and blade."""
        ticket, through_print = self.strip.cut(feed_dots)
        if through_print:
            self._complain("cut without a feed: the last 12 mm stay on the next ticket")
        return ticket

    def at_line_start(self, name: str) -> bool:
        """Whether no line is begun; a violation otherwise."""
        if self._line:
            self._complain(f"{name} not at the start of a line")
        return not self._line

    # --- settings ---------------------------------------------------------------------------------------------

    def _restyle(self, command: Command) -> None:
        settings, value = self._settings, command.params[0]
        style = settings.style
        match command.op:
            case Op.BOLD:
                style = replace(style, bold=bool(value & 1))
            case Op.DOUBLE_STRIKE:
                settings.double_strike = bool(value & 1)
            case Op.INVERSE:
                style = replace(style, inverse=bool(value & 1))
            case Op.UNDERLINE if self._known(command, value, _UNDERLINES):
                style = replace(style, underline=_UNDERLINES[value])
            case Op.FONT if self._known(command, value, _FONTS):
                style = replace(style, small=_FONTS[value])
            case Op.SIZE:
                width, height = (value >> 4) + 1, (value & 0x0F) + 1
                if self._known(command, max(width, height), range(1, _LARGEST + 1)):
                    style = replace(style, width=width, height=height)
            case Op.STYLE:
                style = Style(
                    width=2 if value & 0x20 else 1,
                    height=2 if value & 0x10 else 1,
                    bold=bool(value & 0x08),
                    small=bool(value & 0x01),
                    underline=1 if value & 0x80 else 0,
                    inverse=style.inverse,
                )
            case _:
                pass
        settings.style = style

    def _adjust(self, command: Command) -> None:  # noqa: C901, PLR0912 - one case a command
        settings, params = self._settings, command.params
        match command.op:
            case Op.ALIGN:
                if self.at_line_start("ESC a") and self._known(command, params[0], _ALIGNS):
                    settings.align = _ALIGNS[params[0]]
            case Op.UPSIDE_DOWN:
                if self.at_line_start("ESC {"):
                    settings.upside_down = bool(params[0] & 1)
            case Op.CODE_PAGE:
                if self._known(command, params[0], _CODE_PAGES):
                    settings.code_page = _CODE_PAGES[params[0]]
            case Op.NATIONAL_SET:
                self._known(command, params[0], range(_NATIONAL_SETS))
            case Op.LINE_SPACING:
                settings.spacing = params[0]
            case Op.DEFAULT_SPACING:
                settings.spacing = LINE_DOTS
            case Op.LEFT_MARGIN:
                if self.at_line_start("GS L"):
                    settings.left = min(int.from_bytes(params, "little"), self._model.head_dots)
            case Op.WIDTH:
                if self.at_line_start("GS W"):
                    settings.width = int.from_bytes(params, "little")
            case Op.LEAVE_CHINESE | Op.ENTER_CHINESE:
                settings.chinese = command.op is Op.ENTER_CHINESE
            case Op.MOTION_UNITS:
                self._known(command, max(params), (0, 203))
            case _:
                pass  # letters are always smooth here, and black

    @property
    def _area(self) -> Area:
        left = self._settings.left
        return Area(left, max(1, min(self._settings.width, self._model.head_dots - left)), self._settings.align)

    # --- text -------------------------------------------------------------------------------------------------

    def _write(self, data: bytes) -> int:
        self._lead = b""
        if not self._settings.chinese:
            text = data.decode(self._settings.code_page, "replace")
            if "\ufffd" in text:
                self._complain(f"undefined letter on {self._settings.code_page}")
            return self._set(list(text))
        letters, self._lead = _in_pairs(data)
        if any(is_wide(letter) for letter in letters):
            self._complain("printed as Chinese: the printer was not told FS .")
        return self._set(letters)

    def _set(self, letters: list[str]) -> int:
        """Letters for the line; one that is full is printed, and they go on with the next."""
        moved = 0
        style, room = self._style, self._area.width
        taken = sum(style_.width_of(text) for text, style_ in self._texts()) + sum(p.width for p in self._pictures())
        part = ""
        for letter in letters:
            width = style.width_of(letter)
            if taken + width > room:
                self._complain(f"line of more than {room} dots")
                self._line.append((part, style))
                moved += self._print_line(self._settings.spacing)
                part, taken = "", 0
            part, taken = part + letter, taken + width
        if part:
            self._line.append((part, style))
        return moved

    @property
    def _style(self) -> Style:
        style = self._settings.style
        return replace(style, bold=style.bold or self._settings.double_strike)

    def _texts(self) -> list[tuple[str, Style]]:
        return [run for run in self._line if isinstance(run, tuple)]

    def _pictures(self) -> list[Image.Image]:
        return [run for run in self._line if not isinstance(run, tuple)]

    def _print_line(self, spacing: int) -> int:
        moved = self.strip.line(self._line, self._area, spacing, upside_down=self._settings.upside_down)
        self._line = []
        return moved

    # --- what moves the paper ---------------------------------------------------------------------------------

    def _print(self, command: Command) -> int:
        settings, params = self._settings, command.params
        match command.op:
            case Op.LINE_FEED:
                return self._print_line(settings.spacing)
            case Op.FEED:
                return self._feed(params[0])
            case Op.FEED_LINES:
                return self._feed(params[0] * settings.spacing)
            case Op.RASTER:
                self._begin_raster(command)
            case Op.RASTER_ROWS if self._enlarge:
                return self.strip.image(enlarged(from_rows(params, self._row_bytes), *self._enlarge), self._area)
            case Op.COLUMNS:
                self._add_columns(params)
            case Op.GRAPHICS:
                return self._graphics(params)
            case Op.CODE_2D:
                return self._code_2d(command)
            case Op.LOGO:
                return self._logo(str(params[0]), _ENLARGED.get(params[1], (0, 0)), "FS p")
            case _:
                pass
        return 0

    def _feed(self, dots: int) -> int:
        return self._print_line(dots) if self._line else self.strip.feed(dots)

    def _begin_raster(self, command: Command) -> None:
        mode, width = command.params[0], int.from_bytes(command.params[1:3], "little")
        self._enlarge, self._row_bytes = None, width
        if self.at_line_start("GS v 0") and self._known(command, mode, _ENLARGED):
            self._enlarge = _ENLARGED[mode]
            self._fits("GS v 0", 8 * width * self._enlarge[0])

    def _add_columns(self, params: bytes) -> None:
        if len(params) == 1:
            return
        height, across, down = _COLUMNS[params[0]]
        picture = enlarged(from_columns(params[1:], height), across, down)
        self._fits("ESC *", picture.width)
        self._line.append(picture)

    def _graphics(self, params: bytes) -> int:
        """GS ( L: a picture for the buffer (112), printing it (50), or a logo from the memory (69)."""
        match params[1:2]:
            case b"p":
                try:
                    self._settings.graphic = read_graphic(params)
                except PictureError as error:
                    self._complain(str(error))
            case b"2" | b"\x02":
                if not self._settings.graphic:
                    self._complain("GS ( L prints, and there is no picture")
                elif self.at_line_start("GS ( L"):
                    picture, self._settings.graphic = self._settings.graphic, None
                    self._fits("GS ( L", picture.width)
                    return self.strip.image(picture, self._area)
            case b"E":
                across, down = params[4:6].ljust(2, b"\x01")
                return self._logo(params[2:4].decode("latin-1"), (across, down), "GS ( L")
            case _:
                self._complain(f"unknown GS ( L {params[:2].hex(' ').upper()}")
        return 0

    def _logo(self, name: str, times: tuple[int, int], command: str) -> int:
        """Nothing where no logo of that name is installed."""
        logo = self._memory.get(name)
        if not {1, 2}.issuperset(times):
            self._complain(f"{command} enlarges 1 or 2 times")
            return 0
        if not self.at_line_start(command) or not logo:
            return 0
        picture = enlarged(logo, *times)
        self._fits(command, picture.width)
        return self.strip.image(picture, self._area)

    def _code_2d(self, command: Command) -> int:
        settings, params = self._settings, command.params
        match params[:2], [*params[2:]]:  # as a list: a pattern takes bytes for one value
            case b"1A", [_, _]:
                pass
            case b"1C", [size]:
                if self._known(command, size, range(1, 17)):
                    settings.qr_module = size
            case b"1E", [level]:
                if self._known(command, level, range(48, 52)):
                    settings.qr_level = level
            case b"1P", [0x30, *data]:
                settings.qr_data = bytes(data).decode("latin-1")
            case b"1Q", [0x30]:
                return self._print_qr()
            case _:
                self._complain(f"unknown GS ( k {params[:3].hex(' ').upper()}")
        return 0

    def _print_qr(self) -> int:
        settings = self._settings
        if not self.at_line_start("GS ( k"):
            return 0
        if not settings.qr_data:
            self._complain("QR printed without data")
        elif qr_side(settings.qr_data, settings.qr_level) * settings.qr_module > self._area.width:
            self._complain("QR wider than the paper")
        else:
            return self.strip.qr_code(settings.qr_data, settings.qr_module, settings.qr_level, self._area)
        return 0

    # --- complaints -------------------------------------------------------------------------------------------

    def _fits(self, name: str, width: int) -> None:
        if width > self._area.width:
            self._complain(f"{name}: a picture of {width} dots on {self._area.width}")

    def _known(self, command: Command, value: int, values: Container[int]) -> bool:
        known = value in values
        if not known:
            self._complain(f"{command.op.name} {value} is not defined")
        return known


_STYLES: Final = {Op.BOLD, Op.DOUBLE_STRIKE, Op.INVERSE, Op.UNDERLINE, Op.FONT, Op.SIZE, Op.STYLE}
_PRINTS: Final = {
    Op.LINE_FEED,
    Op.FEED,
    Op.FEED_LINES,
    Op.RASTER,
    Op.RASTER_ROWS,
    Op.COLUMNS,
    Op.GRAPHICS,
    Op.CODE_2D,
    Op.LOGO,
}


def _in_pairs(data: bytes) -> tuple[list[str], bytes]:
    """GB18030's two-byte characters and ASCII; a first byte whose second is still to come is left over."""
    letters: list[str] = []
    at = 0
    while at < len(data):
        length = 2 if data[at] >= _FIRST_OF_PAIR else 1
        part = data[at : at + length]
        if len(part) < length:
            return letters, part
        letter = part.decode("gb18030", "replace")
        letters.append(letter if len(letter) == 1 and letter != "\ufffd" else _MISSING)
        at += length
    return letters, b""
