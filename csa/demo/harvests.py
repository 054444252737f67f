"""The demo's harvests: a real garden's log, scaled to the farm's shares (SOURCE.md says whose)."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from csa.demo.arabic import said
from deliveries.harvesting.harvests import Picked
from deliveries.models import Crop
from farms.models import Farm

LOG = Path(__file__).with_name("harvest-log-2020.csv")
LOG_BEGINS = date(2020, 6, 6)
LEFT_OUT = 3  # the log's first weeks weigh 2.7 kg in all
FED = 3  # full shares the garden fed: a box is then worth about what a week costs
STEP = Decimal("0.05")
# Minor units per kg, as asked at a market stall; made up, but in proportion.
PRICES = {
    "apple": 300, "asparagus": 1200, "basil": 2000, "beans": 650, "beets": 300, "broccoli": 450, "carrots": 280,
    "chives": 2500, "cilantro": 2000, "corn": 350, "cucumbers": 280, "edamame": 900, "hot peppers": 900,
    "jalapeño": 800, "kale": 600, "kohlrabi": 350, "lettuce": 600, "onions": 220, "peas": 700, "peppers": 500,
    "potatoes": 200, "pumpkins": 180, "radish": 500, "raspberries": 1600, "rutabaga": 250, "spinach": 900,
    "squash": 220, "strawberries": 1100, "Swiss chard": 500, "tomatoes": 420, "zucchini": 240,
}  # fmt: skip


@cache
def weighed() -> dict[int, Counter[str]]:
    """Grams by crop for each week of the log, counted from 0."""
    weeks: dict[int, Counter[str]] = defaultdict(Counter)
    with LOG.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            week = (date.fromisoformat(row["date"]) - LOG_BEGINS).days // 7
            weeks[week][row["vegetable"]] += round(float(row["weight"]))
    return weeks


def plant(farm: Farm) -> dict[str, Crop]:
    """The farm's crops, by the log's names."""
    Crop.objects.bulk_create(
        Crop(farm=farm, name=_shown(name, farm.language), unit="kg", step=STEP, price=price)
        for name, price in PRICES.items()
    )
    crops = {crop.name: crop for crop in farm.crops.all()}
    return {name: crops[_shown(name, farm.language)] for name in PRICES}


def picked_in(week: int, *, crops: dict[str, Crop], full_shares: float) -> list[Picked]:
    """What the farm picked in its week (from 1): the log’s week times full shares ÷ 3, in steps of 50 g."""
    grams = weighed()[week - 1 + LEFT_OUT]
    scaled = {name: round(weight * full_shares / FED / 50) for name, weight in grams.items()}
    return [
        Picked(crop=crops[name], steps=steps, unit="kg", step=STEP, price=crops[name].price)
        for name, steps in sorted(scaled.items(), key=lambda item: -item[1])
        if steps
    ]


def _shown(name: str, language: str) -> str:
    return said(name[0].upper() + name[1:], language)
