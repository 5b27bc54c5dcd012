"""Sessions of eight frames before the virtual camera: how many documents are read, none of them wrongly, at what cost.

*Read* means accepted by the rules (`accept.step`). Frames are those of `virtual.optics`, from test seeds only. A card
is shown with the one code that is measured, so that no other can be thanked for a reading; the documents with a
machine-readable zone are shown as they are.
"""

from __future__ import annotations

import inspect
import math
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import cv2
import zxingcpp

from domain.documents import Document, DocumentKind, read_dni_code39, read_dni_pdf417
from domain.tracking import read_ticket_qr
from drivers.scanner.accept import Acceptance, step
from drivers.scanner.decode import look
from drivers.scanner.frames import Image
from drivers.scanner.sightings import DocumentSighting, Looked, Origin, Sighting, TicketSighting
from drivers.scanner.virtual import optics, samples
from drivers.scanner.virtual.people import invented
from drivers.scanner.words import DocumentReading, Hint, Reading
from tests.bench.figures import Figure

SHOWN: Final = {
    "code39": ("dni-code39",),
    "pdf417": ("dni-pdf417",),
    "mrz": ("dni-front", "dnie", "ce", "passport"),
    "ticketqr": ("ticket",),
}
"""What is held up for each kind of figure; where there are several, in turn."""
SESSIONS: Final = {("1080p", "typical"): 30, ("1080p", "hard"): 30, ("720p", "typical"): 8, ("720p", "hard"): 7}
"""A kind: 300 in all. 720p is not promised, so it is measured in passing."""
QUICK: Final = frozenset({("mrz", "typical"), ("ticketqr", "typical")})
"""What must be read within three frames; the rest has eight."""
QUICK_FRAMES: Final = 3
PEER_EVERY: Final = 2
"""It is shown every second session with a code: it takes most of the time."""
INTERVAL_S: Final = 1 / 15
FAILURES: Final = Path(__file__).parents[2] / "build" / "scan-failures"
FAILURES_KEPT: Final = 4
"""Pictures a figure."""

_HAS_TURN: Final = "turn" in inspect.signature(look).parameters
"""Whether the reader looks for one thing in this frame and another in the next."""


@dataclass(frozen=True)
class Run:
    """How a reader did in a session. ``taken`` is the frame, from 1, with which it accepted the truth."""

    taken: int | None
    is_wrong: bool
    frames: int
    cpu_s: float


@dataclass(frozen=True)
class Played:
    """A session, and how we and zxing-cpp with its default options did on the same frames."""

    kind: str
    level: str
    resolution: str
    ours: Run
    peers: Run | None

    def is_read(self, run: Run) -> bool:
        """Whether the document was accepted in time."""
        quick = (self.kind, self.level) in QUICK
        return run.taken is not None and run.taken <= (QUICK_FRAMES if quick else optics.FRAMES)


def figures() -> Iterator[Figure]:
    """300 sessions; five to six minutes of one core. Pictures of failures are kept in build/scan-failures."""
    cv2.setNumThreads(1)
    shutil.rmtree(FAILURES, ignore_errors=True)
    play("code39", "good", "1080p", optics.TEST_SEEDS_FROM, with_peer=True)  # loads what is loaded once
    all_played: list[Played] = []
    for kind in SHOWN:
        for (resolution, level), count in SESSIONS.items():
            played = [
                play(
                    kind,
                    level,
                    resolution,
                    optics.TEST_SEEDS_FROM + n,
                    with_peer=kind != "mrz" and n % PEER_EVERY == 0,
                )
                for n in range(count)
            ]
            all_played += played
            yield _read(played)
    yield _wrong(all_played)
    yield _cpu(all_played)
    yield _beside_the_peer(all_played)


def play(kind: str, level: str, resolution: str, seed: int, *, with_peer: bool = False) -> Played:
    """One session of test seed ``seed``, until the reader (and the peer) accepted something or the frames end."""
    document = SHOWN[kind][seed % len(SHOWN[kind])]
    us, peer = _Reader(document, seed), _Reader(document, seed)
    middle = None
    for n, frame in enumerate(optics.session(document, level, resolution, seed)):
        middle = frame if n <= optics.FRAMES // 2 else middle
        if not us.is_done:
            us.see(frame, _ours)
        if with_peer and not peer.is_done:
            peer.see(frame, _peers)
        if us.is_done and (peer.is_done or not with_peer):
            break
    played = Played(kind, level, resolution, us.run, peer.run if with_peer else None)
    if not played.is_read(played.ours) and middle is not None:
        _keep(middle, f"{kind}-{level}-{resolution}", f"{document}-{seed}")
    return played


def upper_bound(wrong: int, n: int) -> float:
    """The share that with 95 % confidence is not exceeded, ``wrong`` of ``n`` seen (Clopper and Pearson, exact)."""
    low, high = wrong / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, n, middle) > 0.05 else (low, middle)
    return high


_Looking = Callable[[Image, int], Looked]
"""A frame and its number in the session, to what it shows."""


class _Reader:
    """Looks at one frame after the other, and keeps its time."""

    def __init__(self, document: str, seed: int) -> None:
        self._truth = truth(document, seed)
        self._state = Acceptance(0.0)
        self._told: Reading | None = None
        self._frames = 0
        self._cpu_s = 0.0

    @property
    def is_done(self) -> bool:
        return self._told is not None

    @property
    def run(self) -> Run:
        is_right = self._told is not None and _said(self._told) == self._truth
        return Run(self._frames if is_right else None, self.is_done and not is_right, self._frames, self._cpu_s)

    def see(self, frame: Image, reader: _Looking) -> None:
        begun_s = time.thread_time()
        looked = reader(frame, self._frames)
        self._frames += 1
        self._state, told = step(self._state, looked, self._frames * INTERVAL_S)
        self._cpu_s += time.thread_time() - begun_s
        if told is not None and not isinstance(told, Hint):
            self._told = told


def truth(document: str, seed: int) -> Document | str:
    """What there is to be read: the document, or the ticket's token."""
    person = invented(seed)
    match document:
        case samples.TICKET:
            return samples.ticket_token(person).text
        case "ce":
            return Document(DocumentKind.CE, person.foreigner)
        case "passport":
            return Document(DocumentKind.PASSPORT, person.passport)
        case _:
            return Document(DocumentKind.DNI, person.number)


def _said(told: Reading) -> Document | str:
    return told.document if isinstance(told, DocumentReading) else told.token.text


def _ours(frame: Image, turn: int) -> Looked:
    return look(frame, turn=turn) if _HAS_TURN else look(frame)


def _peers(frame: Image, _: int) -> Looked:
    """All that zxing-cpp finds by itself, cut down by the same parsers: only the looking differs."""
    seen: list[Sighting] = []
    for code in zxingcpp.read_barcodes(frame):
        if code.symbology == zxingcpp.BarcodeFormat.Code39 and (linear := read_dni_code39(code.text)):
            seen.append(DocumentSighting(Origin.CODE39, linear))
        elif code.symbology == zxingcpp.BarcodeFormat.PDF417 and (card := read_dni_pdf417(code.bytes)):
            seen.append(DocumentSighting(Origin.PDF417, card.document))
        elif code.symbology == zxingcpp.BarcodeFormat.QRCode and (token := read_ticket_qr(code.text)):
            seen.append(TicketSighting(token))
    return Looked(tuple(seen), None)


def _read(played: list[Played]) -> Figure:
    """One figure: a kind at a level and a resolution."""
    kind, level, resolution = played[0].kind, played[0].level, played[0].resolution
    within = QUICK_FRAMES if (kind, level) in QUICK else optics.FRAMES
    taken = Counter(each.ours.taken for each in played if each.ours.taken)
    how = f"{len(played)} sessions, accepted by the rules within {within} frames; by frame: {_by_frame(taken)}"
    return Figure(
        f"scan.{kind}.{level}.{resolution}.read_pct", _share(played, [each.ours for each in played]), "%", how
    )


def _by_frame(taken: Counter[int]) -> str:
    return ", ".join(f"{frame}: {taken[frame]}" for frame in sorted(taken)) or "none"


def _share(played: list[Played], runs: list[Run]) -> float:
    return 100 * sum(each.is_read(run) for each, run in zip(played, runs, strict=True)) / len(played)


def _wrong(played: list[Played]) -> Figure:
    wrong = sum(each.ours.is_wrong for each in played)
    bound = 100 * upper_bound(wrong, len(played))
    how = f"{len(played)} sessions of {optics.FRAMES} frames; with 95 % confidence below {bound:.2f} % of sessions"
    return Figure("scan.wrong_accepts", wrong, "readings", how)


def _cpu(played: list[Played]) -> Figure:
    fine = [each for each in played if each.resolution == "1080p"]
    theirs = [each.peers for each in fine if each.peers]
    shown = ", ".join(sorted({each.kind for each in fine}))
    return Figure(
        "scan.cpu_mean_ms",
        _cpu_ms([each.ours for each in fine]),
        "ms",
        f"CPU of one thread a frame until accepted or the session ends; {len(fine)} sessions at 1080p, both levels,"
        f" {shown}; limit: zxing-cpp with default options, the same of {len(theirs)} of those with a code",
        _cpu_ms(theirs),
    )


def _beside_the_peer(played: list[Played]) -> Figure:
    coded = [each for each in played if each.peers]
    ours, theirs = [each.ours for each in coded], [each.peers for each in coded if each.peers]
    how = (
        f"sessions read of {len(coded)} with a code; limit: zxing-cpp {version('zxing-cpp')} with default options, same"
        f" frames and rules; CPU a frame {_cpu_ms(ours):.0f} ms beside {_cpu_ms(theirs):.0f} ms,"
        f" wrong {sum(run.is_wrong for run in ours)} beside {sum(run.is_wrong for run in theirs)}"
    )
    return Figure("scan.vs_zxing_default", _share(coded, ours), "%", how, _share(coded, theirs))


def _cpu_ms(runs: list[Run]) -> float:
    return 1000 * sum(run.cpu_s for run in runs) / max(1, sum(run.frames for run in runs))


def _keep(frame: Image, figure: str, name: str) -> None:
    FAILURES.mkdir(parents=True, exist_ok=True)
    if len(list(FAILURES.glob(f"{figure}-*"))) < FAILURES_KEPT:
        cv2.imwrite(str(FAILURES / f"{figure}-{name}.jpg"), frame, [cv2.IMWRITE_JPEG_QUALITY, 92])


def _at_most(wrong: int, n: int, share: float) -> float:
    """The probability of no more than ``wrong`` of ``n`` where each is wrong with probability ``share``."""
    if share >= 1:
        return float(wrong >= n)

    def exactly(k: int) -> float:
        ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        return math.exp(ways + k * math.log(share) + (n - k) * math.log1p(-share))

    return sum(exactly(k) for k in range(wrong + 1))
