"""The reader of machine readable zones: what it must not believe first, then what it must read."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from importlib import resources

import cv2
import numpy as np
import pytest

from domain.documents import Document, DocumentKind
from domain.mrz import TD1, TD3, check_digit
from drivers.scanner.frames import Image
from drivers.scanner.mrz import cells, locate, read, straighten
from drivers.scanner.mrz.network import LABELS, WEIGHTS, shipped
from drivers.scanner.mrz.reading import Text, best_text, sighting
from drivers.scanner.virtual import optics
from drivers.scanner.virtual.people import invented
from scripts import mrz_trial, train_mrz

TODAY = date(2026, 11, 23)
GOOD = replace(mrz_trial.LEVELS["good"], glare=0.0, finger=0.0)
NORMAL = ("I<PER12345678<8<<<<<<<<<<<<<<<", "9001158F2912316PER<<<<<<<<<<<4", "PRUEBA<<MARIA<ELENA<<<<<<<<<<<")
FOREIGN = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
NEIGHBOUR = ("I<BOL12345678<8<<<<<<<<<<<<<<<", "9001158F2912316BOL<<<<<<<<<<<4", "PRUEBA<<MARIA<ELENA<<<<<<<<<<<")


def shown(lines: tuple[str, ...], seed: int = 7) -> Image:
    """A good frame of a card with these lines."""
    rng = np.random.default_rng(seed)
    return next(mrz_trial._frames(rng, mrz_trial.card(rng, lines), GOOD, 1080))


def text(lines: tuple[str, ...] = NORMAL, likeness: float = -0.01) -> Text:
    """Lines as if read without a doubt."""
    layout = TD1 if len(lines) == 3 else TD3
    return Text(layout, lines, np.ones((layout.lines, layout.columns)), likeness)


def doubting(seen: Text, line: int, column: int, probability: float) -> Text:
    """The same with one character less sure."""
    probabilities = seen.probabilities.copy()
    probabilities[line, column] = probability
    return replace(seen, probabilities=probabilities)


def test_a_text_without_a_doubt_is_whole() -> None:
    seen = sighting(text(), TODAY)
    assert seen is not None
    assert (seen.document, seen.whole, seen.name) == (
        Document(DocumentKind.DNI, "12345678"),
        True,
        "MARIA ELENA PRUEBA",
    )


@pytest.mark.parametrize("place", [place for place in TD1.checked if place not in TD1.number])
def test_one_unsure_character_of_what_is_checked_and_a_zone_is_not_whole(place: tuple[int, int]) -> None:
    seen = sighting(doubting(text(), *place, 0.49), TODAY)
    assert seen is not None
    assert not seen.whole


@pytest.mark.parametrize("place", TD1.number)
def test_one_unsure_character_of_the_number_or_its_issuer_and_there_is_no_sighting(place: tuple[int, int]) -> None:
    assert sighting(doubting(text(), *place, 0.49), TODAY) is None


def test_a_number_with_only_its_own_check_digit_has_to_be_surer() -> None:
    broken = (NORMAL[0], NORMAL[1][:29] + "5", NORMAL[2])
    seen = sighting(text(broken), TODAY)
    assert seen is not None
    assert not seen.whole
    assert sighting(doubting(text(broken), 0, 13, 0.99), TODAY) is None
    whole = sighting(doubting(text(), 0, 13, 0.96), TODAY)
    assert whole is not None
    assert whole.whole


@pytest.mark.parametrize("pair", [("H70004120", "R70004120"), ("76518707<", "76518202<")], ids=["letter", "two digits"])
def test_where_check_digits_are_blind_the_eye_has_to_be_surer(pair: tuple[str, str]) -> None:
    """H and R are ten apart, and two sevens read as twos are ten off together: each check digit is right either way."""
    assert check_digit(pair[0]) == check_digit(pair[1])
    seen = sighting(doubting(text(), 0, 8, 0.94), TODAY)
    assert seen is None


def test_right_check_digits_on_what_does_not_look_like_a_zone_are_nothing() -> None:
    assert sighting(text(likeness=-0.4), TODAY) is None


def test_a_name_with_an_unsure_letter_is_left_out() -> None:
    seen = sighting(doubting(text(), 2, 4, 0.4), TODAY)
    assert seen is not None
    assert (seen.whole, seen.name) == (True, None)


@pytest.mark.parametrize("lines", [FOREIGN, NEIGHBOUR], ids=["specimen", "neighbour"])
def test_a_card_of_another_country_is_not_read(lines: tuple[str, ...]) -> None:
    assert read(shown(lines)) == ()


@pytest.mark.parametrize("column", range(5, 15))
def test_a_covered_digit_gives_no_other_number(column: int) -> None:
    rng = np.random.default_rng(11)
    page = mrz_trial.card(rng, NORMAL).copy()
    ink = np.argwhere(page[600:, :] < 100)
    top = 600 + ink[:, 0].min()
    left = round((4.7 + column * mrz_trial.PITCH_MM) * mrz_trial.PX_PER_MM)
    page[top - 10 : top + 65, left : left + 51] = 225
    for frame in list(mrz_trial._frames(rng, page, GOOD, 1080))[:2]:
        assert read(frame) == ()


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (119, 1920), (120, 120), (480, 640), (1080, 1920)])
def test_pictures_of_nothing_give_nothing(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    for picture in (np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8), noise):
        assert read(picture) == ()


def test_lines_of_random_print_give_nothing() -> None:
    """The typeface and the rhythm of a zone, but no zone: only by chance would anything agree."""
    rng = np.random.default_rng(5)
    for _ in range(6):
        lines = tuple("".join(rng.choice(list(LABELS), 30)) for _ in range(3))
        assert read(shown(lines, seed=int(rng.integers(1000)))) == ()


@pytest.mark.parametrize("seed", range(40, 52))
def test_cards_and_passports_are_read_whole_upright_and_upside_down(seed: int) -> None:
    document, frames = mrz_trial.session(seed, GOOD, 1080)
    frame = next(frames)
    for picture in (frame, cv2.rotate(frame, cv2.ROTATE_180)):
        (seen,) = read(picture)
        assert (seen.document, seen.whole) == (document, True)


@pytest.mark.parametrize(
    ("shown", "level", "seed"),
    [("ce", "typical", 3014), ("dnie", "hard", 3009), ("ce", "hard", 4030), ("passport", "hard", 4051)],
    ids=["thumb joins the lines", "thumb beside them", "dim before a dark room", "thumb and lamp"],
)
def test_a_zone_is_found_whatever_touches_it(shown: str, level: str, seed: int) -> None:
    frames = itertools.islice(optics.session(shown, level, "1080p", seed), 3)
    numbers = {seen.document.number for frame in frames for seen in read(frame)}
    person = invented(seed)
    assert numbers == {{"ce": person.foreigner, "dnie": person.number, "passport": person.passport}[shown]}


@pytest.mark.parametrize("columns", [-7, -3, 2, 8])
def test_a_grid_that_lies_columns_aside_finds_its_place(columns: int) -> None:
    """As it does where a finger is taken for the end of the lines."""
    frame = shown(NORMAL)
    fit = straighten.fits(frame, locate.blocks(frame)[0])[0]
    aside = replace(fit, to_picture=fit.to_picture @ np.array([[1, 0, columns], [0, 1, 0], [0, 0, 1.0]]))
    assert best_text(frame, aside).lines == NORMAL


def test_lines_that_belong_together_come_before_a_longer_heading() -> None:
    page = np.full((1080, 1920), 220, np.uint8)
    for top, length in ((200, 900), (600, 700), (650, 700), (700, 700)):
        page[top : top + 26, 400 : 400 + length : 12] = 40
        page[top : top + 26, 401 : 401 + length : 12] = 40
    best = locate.blocks(page)[0]
    assert 560 < best.y < 760


def test_what_stands_on_the_card_is_what_is_told() -> None:
    (seen,) = read(shown(NORMAL))
    assert seen.name == "MARIA ELENA PRUEBA"
    assert "12345678" not in repr(seen)
    assert "MARIA" not in repr(seen)


def test_a_720p_frame_and_one_that_is_no_whole_array_are_read_too() -> None:
    frame = shown(NORMAL)
    small = cv2.resize(frame, (1280, 720), interpolation=cv2.INTER_AREA)
    padded = np.pad(frame, 8)[8:-8, 8:-8]
    assert not padded.flags["C_CONTIGUOUS"]
    assert [seen.document.number for picture in (small, padded) for seen in read(picture)] == ["12345678"] * 2


def test_the_shipped_weights_fit_cells_and_labels_and_are_small() -> None:
    layers = shipped().layers
    assert layers[0][0].shape[0] == cells.CELL_HEIGHT * cells.CELL_WIDTH
    assert layers[-1][0].shape[1] == len(LABELS) == 37
    for (weights, offsets), (following, _) in itertools.pairwise(layers):
        assert weights.shape[1] == len(offsets) == following.shape[0]
    size = len(resources.files("drivers.scanner.mrz").joinpath(WEIGHTS).read_bytes())
    assert size <= 200_000


def test_the_training_draws_what_the_network_reads_and_is_unsure_of_what_is_covered() -> None:
    rng = np.random.default_rng(2)
    styles = [train_mrz._tiles(rng) for _ in range(2)]
    seen, targets = train_mrz.examples(rng, styles, 12)
    scores = shipped().scores(seen)
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    certain = targets.max(axis=1) == 1
    assert certain.any()
    assert (~certain).any()
    right = odds.argmax(axis=1) == targets.argmax(axis=1)
    assert right[certain].mean() > 0.93
    assert odds.max(axis=1)[~certain].mean() < odds.max(axis=1)[certain].mean() - 0.3


def test_a_little_training_gives_the_same_weights_from_the_same_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_mrz, "EPOCHS", 1)
    rng = np.random.default_rng(3)
    seen, targets = train_mrz.examples(rng, [train_mrz._tiles(rng)], 12)
    one, other = (train_mrz.train(np.random.default_rng(4), seen, targets) for _ in range(2))
    for (weights, _), (again, _) in zip(one.layers, other.layers, strict=True):
        assert np.array_equal(weights, again)


def test_the_trials_lines_are_sound() -> None:
    """What the trial shows must be what it says: its own check digits are those of the domain."""
    rng = np.random.default_rng(1)
    for kind in (DocumentKind.DNI, DocumentKind.CE, DocumentKind.PASSPORT):
        for _ in range(20):
            document, lines = mrz_trial.zone(rng, kind)
            seen = sighting(text(lines), TODAY)
            assert seen is not None
            assert (seen.document, seen.whole) == (document, True)
            assert check_digit(document.number.ljust(9, "<")) in lines[0] + lines[1]
