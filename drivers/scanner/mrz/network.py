"""The small network that tells which character a cell shows; `scripts/train_mrz.py` makes its weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from domain.mrz import DIGITS, FILLER, LETTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats = npt.NDArray[np.float32]

LABELS: Final = DIGITS + LETTERS + FILLER
WEIGHTS: Final = "weights.npz"


@dataclass(frozen=True, slots=True)
class Network:
    """Fully connected layers with rectifiers between them: a matrix and a row of offsets for each."""

    layers: tuple[tuple[Floats, Floats], ...]

    def scores(self, cells: Floats) -> Floats:
        """For each of n cells (n x 384) a score for each of `LABELS`; n x 37, logarithms without a common zero."""
        activity = cells
        for weights, offsets in self.layers[:-1]:
            activity = np.maximum(activity @ weights + offsets, 0)
        weights, offsets = self.layers[-1]
        scores: Floats = activity @ weights + offsets
        return scores


def pack(network: Network) -> dict[str, npt.NDArray[np.float16]]:
    """The arrays to be kept, at half precision."""
    return {
        f"{name}{n}": array.astype(np.float16)
        for n, layer in enumerate(network.layers)
        for name, array in zip(("weights", "offsets"), layer, strict=True)
    }


def unpack(arrays: Mapping[str, npt.NDArray[np.float16]]) -> Network:
    """The network in kept arrays."""
    count = len(arrays) // 2
    return Network(
        tuple(
            (arrays[f"weights{n}"].astype(np.float32), arrays[f"offsets{n}"].astype(np.float32)) for n in range(count)
        )
    )


@cache
def shipped() -> Network:
    """The network that comes with this package, loaded once."""
    with resources.files(__package__).joinpath(WEIGHTS).open("rb") as file, np.load(file) as arrays:
        return unpack(dict(arrays))
