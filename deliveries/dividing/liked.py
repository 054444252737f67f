"""How well what was given is liked: its worth by what each household said of it, and in one figure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from deliveries.allocation import POINTS
from deliveries.dividing.divided import Divided

LEVELS = len(POINTS)


def worth_by_liking(divided: Divided) -> list[int]:
    """Worth of what shares got, minor units, from what they never want to what they love; none where all pack alike."""
    ratings = divided.inputs.get("likings")
    if not ratings:
        return []
    shape = len(divided.portions), len(divided.inputs["crops"])
    levels = np.frombuffer("".join(ratings).encode(), dtype=np.uint8).reshape(shape) - ord("0")
    values = np.array([crop["value"] for crop in divided.inputs["crops"]], dtype=np.int64)
    worth = np.array(divided.portions, dtype=np.int64).reshape(shape) * values
    return [round(int(worth[levels == level].sum()) / divided.inputs["scale"]) for level in range(LEVELS)]


def liking(worths: Iterable[int]) -> Decimal | None:
    """0 to 1: all of it loved is 1, not minded 0.5; none where nothing was given by likings."""
    found = list(worths)
    whole = sum(found)
    pleased = sum(int(points) * worth for points, worth in zip(POINTS, found, strict=False))
    return Decimal(pleased) / (100 * whole) if whole else None
