"""The real log of 2020 as weeks of harvest: kilograms scaled to the farm, steps of 50 g to 1.5 kg, our prices."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np

LOG = Path(__file__).resolve().parent / "data" / "harvest-log-2020.csv"
FED = 12  # full shares that garden fed
PRICES = {  # minor units per kg
    "lettuce": 900, "spinach": 900, "Swiss chard": 600, "kale": 600, "basil": 2500, "cilantro": 2000, "chives": 2500,
    "raspberries": 1600, "strawberries": 900, "peas": 800, "beans": 700, "asparagus": 1200, "edamame": 800,
    "tomatoes": 400, "peppers": 500, "hot peppers": 900, "jalapeño": 800, "potatoes": 180, "pumpkins": 200,
    "squash": 250, "zucchini": 250, "cucumbers": 250, "carrots": 220, "beets": 250, "rutabaga": 200, "onions": 200,
}  # fmt: skip
STEPS = {"pumpkins": 1500, "squash": 700, "zucchini": 250, "cucumbers": 300, "corn": 250, "kohlrabi": 190}  # grams


def weeks(full_shares: float) -> list[dict]:
    """[{"crops": names, "quantities": int64[J] steps, "step_values": int64[J]}] week by week, empty ones left out."""
    picked: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    with LOG.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            week = (date.fromisoformat(row["date"]) - date(2020, 6, 6)).days // 7
            picked[week][row["vegetable"]] += float(row["weight"]) * full_shares / FED
    found = []
    for week in sorted(picked):
        names = sorted(picked[week])
        grams = np.array([STEPS.get(name, 50) for name in names])
        price = np.array([PRICES.get(name, 350) for name in names])
        quantities = np.floor(np.array([picked[week][name] for name in names]) / grams).astype(np.int64)
        values = np.maximum(1, np.rint(price * grams / 1000)).astype(np.int64)
        found.append({"crops": names, "quantities": quantities, "step_values": values})
    return found
