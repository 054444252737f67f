"""A division told to a machine: plain names and numbers, as `manage.py allocate --json` prints them."""

from __future__ import annotations

from typing import Any

from deliveries.dividing.divided import Divided
from deliveries.harvesting import harvests
from deliveries.models import Harvest
from farms.models import Farm, Household
from shares.models import ShareType


def told(harvest: Harvest, divided: Divided, *, published: bool) -> dict[str, Any]:
    """JSON-ready. Quantities are in the crop's unit; steps are exact."""
    run = harvest.current if published else None
    season = harvest.week.season
    days = {day.pk: day for day in harvest.days.select_related("site")}
    names = dict(ShareType.objects.filter(season=season).values_list("pk", "name"))
    crops = divided.inputs["crops"]
    households = _numbers(season.farm, divided)
    cells = [
        {"site": days[cell["day"]].site.name, "date": str(days[cell["day"]].date), "type": names[cell["type"]]}
        | ({"share": cell["share"], "household": households[cell["household"]]} if "share" in cell else {})
        for cell in divided.inputs["cells"]
    ]
    return {
        "farm": season.farm.slug,
        "date": str(harvest.date),
        "dates": sorted({str(day.date) for day in harvests.days_of(harvest)}),
        "published": {"number": run.number, "at": run.finished_at.isoformat()} if run and run.finished_at else None,
        "seed": divided.inputs["seed"],
        "mode": divided.mode,
        "currency": season.farm.currency,
        "crops": [_crop(divided, column) for column in range(len(crops))],
        "portions": [
            cells[row]
            | {"crop": crops[column]["name"], "steps": steps, "quantity": _plain(divided, steps, column)}
            | {"unit": crops[column]["unit"], "count": divided.counts[row]}
            for row, portions in enumerate(divided.portions)
            for column, steps in enumerate(portions)
        ],
        "leftover": [
            {"crop": crop["name"], "steps": steps, "quantity": _plain(divided, steps, column), "unit": crop["unit"]}
            for column, (crop, steps) in enumerate(zip(crops, divided.leftover, strict=True))
            if steps
        ],
        "worth": [
            cell | {"count": divided.counts[row], "target": divided.targets[row], "value": divided.values[row]}
            for row, cell in enumerate(cells)
        ],
    }


def _numbers(farm: Farm, divided: Divided) -> dict[int, int]:
    """The households' own numbers at the farm, where each share has its own box."""
    if divided.mode == "uniform":
        return {}
    return dict(Household.objects.filter(farm=farm).order_by().values_list("pk", "number"))


def _crop(divided: Divided, column: int) -> dict[str, Any]:
    crop = divided.inputs["crops"][column]
    return {
        "crop": crop["name"],
        "unit": crop["unit"],
        "step": float(crop["step"]),
        "price": crop["price"],
        "steps": crop["steps"],
        "quantity": _plain(divided, crop["steps"], column),
        "given": crop["steps"] - divided.leftover[column],
        "leftover": divided.leftover[column],
    }


def _plain(divided: Divided, steps: int, column: int) -> float:
    return float(divided.quantity(steps, column))
