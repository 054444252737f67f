"""The demo's likings: what the members of one real farm said of its crops (SOURCE.md says whose), spread over ours."""

from __future__ import annotations

import csv
import random
from datetime import datetime
from functools import cache
from pathlib import Path

from deliveries.models import Crop, Exclusion, Liking
from farms.models import Season

SURVEY = Path(__file__).with_name("likings-survey-2015.csv")
NAMES = {"squash": "winter squash", "pumpkins": "winter squash", "Swiss chard": "chard", "jalapeño": "hot peppers"}
"""Crops of the log that the survey calls otherwise."""
SPOKE = 0.6  # the part of the crops that a household rates
ALLERGIC = 0.03


@cache
def answers() -> dict[str, tuple[int, int]]:
    """Per crop how many spoke well of it, and how many did not."""
    with SURVEY.open(newline="", encoding="utf-8") as file:
        return {
            row["crop"]: (
                int(row["favourite"]) + int(row["more_often"]),
                int(row["least_favourite"]) + int(row["less_often"]),
            )
            for row in csv.DictReader(file)
        }


def rate_all(season: Season, crops: dict[str, Crop], *, seed: int, at: datetime) -> None:
    """Two households in three rate crops, each level as often as its farm's members would; a few bear an allergy."""
    dice = random.Random(f"{seed}:tastes:{season.pk}")  # noqa: S311
    likings, exclusions = [], []
    for household in season.farm.households.order_by("pk"):
        if dice.random() < 1 / 3:
            continue
        likings += [
            Liking(household=household, crop=crop, level=level)
            for name, crop in crops.items()
            if dice.random() < SPOKE and (level := _level(name, dice)) != Liking.Level.NEUTRAL
        ]
        if dice.random() < ALLERGIC:
            crop = dice.choice(list(crops.values()))
            exclusions.append(Exclusion(household=household, crop=crop, consented_at=at))
    Liking.objects.bulk_create(likings, batch_size=500)
    Exclusion.objects.bulk_create(exclusions)


def _level(name: str, dice: random.Random) -> int:
    """Good words make like and love likelier, bad ones dislike and never; nobody spoke of many crops."""
    good, bad = answers().get(NAMES.get(name, name), (0, 0))
    level = Liking.Level
    weights = {level.LOVE: good, level.LIKE: good + 2, level.NEUTRAL: 4, level.DISLIKE: bad + 1, level.NEVER: bad}
    return dice.choices([one.value for one in weights], weights=list(weights.values()))[0]
