"""The printers that the virtual one can be: what each knows, and what it does not.

Epson's 80 mm class is the default. The others stand for what is sold under many names: a model says which commands are
understood and which sensors are there, and the machine behaves accordingly. Taken from manuals, not from
hardware: a clone's firmware differs from batch to batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of printer. ``key`` names it in a command line, ``label`` to a person.

    ``questions`` are the n of DLE EOT n that it answers. ``identity`` is what GS I 66 and 67 tell, None for a printer
    that does not know GS I. Without ``answers`` the wire from the printer to the host is not connected. ``near_end`` is
    a sensor for little paper. Without ``cutter``, paper fed past the tear bar is torn off there.
    ``wakes_in_chinese``: until FS . it prints bytes from 81h on in pairs. ``nv_write_s`` is how long it is off-line
    while it writes a logo.
    """

    key: str
    label: str
    questions: frozenset[int] = frozenset({1, 2, 3, 4})
    answers: bool = True
    auto_status: bool = True
    sensor: bool = True
    process_id: bool = True
    clear: bool = True
    identity: tuple[str, str] | None = ("VIRTUAL", "TM-T20III")
    native_qr: bool = True
    graphics: bool = True
    nv_logo: bool = True
    near_end: bool = True
    cutter: bool = True
    wakes_in_chinese: bool = False
    head_dots: int = 576
    paper_dots: int = 640
    nv_write_s: float = 4.0


EPSON: Final = Model("epson-tm-t20iii", "Epson TM-T20III")

CLONE_GSR: Final = Model(
    "clone-gsr",
    "Clon POS-80 (confirma con GS r)",
    auto_status=False,
    process_id=False,
    clear=False,
    identity=None,
    graphics=False,
    nv_logo=False,
    near_end=False,
)

CLONE_DLE: Final = Model(
    "clone-dle",
    "Clon básico (solo DLE EOT)",
    auto_status=False,
    sensor=False,
    process_id=False,
    clear=False,
    identity=None,
    native_qr=False,
    graphics=False,
    nv_logo=False,
    near_end=False,
)

TX_NOT_WIRED: Final = Model("tx-not-wired", "Epson sin cable de respuesta", answers=False)

CLONE_GB18030: Final = Model(
    "clone-gb18030",
    "Clon POS-80 que despierta en chino",
    auto_status=False,
    process_id=False,
    clear=False,
    identity=None,
    graphics=False,
    nv_logo=False,
    near_end=False,
    wakes_in_chinese=True,
)

MINI_58MM: Final = Model(
    "mini-58mm",
    "Mini de 58 mm, sin cuchilla",
    questions=frozenset({1, 4}),
    auto_status=False,
    process_id=False,
    clear=False,
    identity=None,
    native_qr=False,
    graphics=False,
    nv_logo=False,
    near_end=False,
    cutter=False,
    head_dots=384,
    paper_dots=464,
)

MODELS: Final = {model.key: model for model in (EPSON, CLONE_GSR, CLONE_DLE, TX_NOT_WIRED, CLONE_GB18030, MINI_58MM)}
"""By key."""
