"""A published division run again from what was kept with it, and what has changed around it since."""

from __future__ import annotations

from typing import Any

from deliveries.allocation import VERSION
from deliveries.dividing import corrections
from deliveries.dividing.divided import Divided
from deliveries.dividing.gathering import gather
from deliveries.models import Allocation, Harvest
from shares.models import ShareType

CROP_FACTS = {"steps": "quantities", "price": "prices", "unit": "units", "step": "units"}
RULES = ("most", "portion", "kept", "sites", "locked")


def replay(harvest: Harvest, run: Allocation) -> dict[str, Any]:
    """JSON-ready. `same`: the kept inputs are those that were divided, and give the kept portions again; else
    `differs` names what does not: the inputs' digest, or portions as they are kept and as they come out now.
    `engine` says under which version it was divided and runs now. `since` names what changed after publishing."""
    names = _names(harvest)
    division = corrections.divided_by(run.inputs)
    again = Divided.of(run.inputs, division)
    differs = [
        *_digests(run, division.record["input"]),
        *_portions(names, Divided.stored(run), again),
    ]
    return {
        "same": not differs,
        "version": run.number,
        "engine": {"then": run.record.get("version", ""), "now": VERSION},
        "differs": differs,
        "since": changed_since(harvest, run, names),
    }


def _digests(run: Allocation, now: str) -> list[dict[str, Any]]:
    then = run.record.get("input", "")
    return [] if then == now else [{"what": "inputs", "then": then, "now": now}]


def _portions(names: dict[str, dict[int, str]], kept: Divided, again: Divided) -> list[dict[str, Any]]:
    """Every portion that comes out otherwise, in steps for one share."""
    crops, cells = kept.inputs["crops"], kept.inputs["cells"]
    return [
        {"what": "portion", **_cell(names, cells[row]), "crop": crop["name"], "kept": then, "again": now}
        for row, (before, after) in enumerate(zip(kept.portions, again.portions, strict=True))
        for crop, then, now in zip(crops, before, after, strict=True)
        if then != now
    ]


def changed_since(harvest: Harvest, run: Allocation, names: dict[str, dict[int, str]]) -> dict[str, list[Any]]:
    """By kind, what would be gathered otherwise today; kinds in which nothing changed are left out."""
    then, now = run.inputs, gather(harvest).inputs
    found: dict[str, list[Any]] = {
        "roster": _roster(names, then["cells"], now["cells"]),
        "crops": _came_and_went(then["crops"], now["crops"]),
        "quantities": _facts(then, now, "quantities"),
        "prices": _facts(then, now, "prices"),
        "units": _facts(then, now, "units"),
        "rules": _rules(then, now),
        "parameters": _parameters(then.get("fairness", {}), now["fairness"]),
        "memory": _memory(names, then, now),
        "likings": [] if then.get("likings") == now.get("likings") else ["changed"],
        "mode": _pair(then.get("mode", "uniform"), now.get("mode", "uniform")),
    }
    return {kind: changes for kind, changes in found.items() if changes}


def _names(harvest: Harvest) -> dict[str, dict[int, str]]:
    kinds = ShareType.objects.filter(season=harvest.week.season_id)
    days = harvest.week.days.select_related("site")
    return {"type": {kind.pk: kind.name for kind in kinds}, "day": {day.pk: day.site.name for day in days}}


def _cell(names: dict[str, dict[int, str]], cell: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"site": names["day"].get(cell["day"], ""), "type": names["type"].get(cell["type"], "")}
    return told | ({"share": cell["share"]} if "share" in cell else {})


def _roster(names: dict[str, dict[int, str]], then: list[Any], now: list[Any]) -> list[Any]:
    """How many shares each row had, and has."""
    before, after = ({cell["number"]: cell for cell in cells} for cells in (then, now))
    return [
        {**_cell(names, after.get(number) or before[number]), "then": count, "now": found}
        for number in sorted(before | after)
        if (count := before.get(number, {}).get("count", 0)) != (found := after.get(number, {}).get("count", 0))
    ]


def _both(then: dict[str, Any], now: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The crops of both, as they were and are."""
    after = {crop["crop"]: crop for crop in now["crops"]}
    return [(crop, after[crop["crop"]]) for crop in then["crops"] if crop["crop"] in after]


def _came_and_went(then: list[Any], now: list[Any]) -> list[Any]:
    before, after = ({crop["crop"]: crop["name"] for crop in crops} for crops in (then, now))
    gone = [{"crop": name, "now": "gone"} for pk, name in before.items() if pk not in after]
    return gone + [{"crop": name, "now": "new"} for pk, name in after.items() if pk not in before]


def _facts(then: dict[str, Any], now: dict[str, Any], kind: str) -> list[Any]:
    names = [name for name, of in CROP_FACTS.items() if of == kind]
    return [
        {"crop": after["name"], "what": name, "then": before[name], "now": after[name]}
        for before, after in _both(then, now)
        for name in names
        if before[name] != after[name]
    ]


def _rules(then: dict[str, Any], now: dict[str, Any]) -> list[Any]:
    return [
        {"crop": after["name"], "what": rule, "then": before.get(rule), "now": after.get(rule)}
        for before, after in _both(then, now)
        for rule in RULES
        if before.get(rule) != after.get(rule) and (rule != "kept" or before["steps"] == after["steps"])
    ]


def _parameters(then: dict[str, Any], now: dict[str, Any]) -> list[Any]:
    return [
        {"what": name, "then": then.get(name), "now": value} for name, value in now.items() if then.get(name) != value
    ]


def _memory(names: dict[str, dict[int, str]], then: dict[str, Any], now: dict[str, Any]) -> list[Any]:
    """Rows of which earlier weeks say something else now: an earlier harvest was corrected."""
    before = {cell["number"]: (cell, turns) for cell, turns in zip(then["cells"], _turns(then), strict=True)}
    found = []
    for cell, turns in zip(now["cells"], _turns(now), strict=True):
        known = before.get(cell["number"])
        if known and known[0]["owed"] != cell["owed"]:
            found.append({**_cell(names, cell), "what": "owed", "then": known[0]["owed"], "now": cell["owed"]})
        if known and any(known[1].get(crop, owed) != owed for crop, owed in turns.items()):
            found.append({**_cell(names, cell), "what": "turns"})
    return found


def _turns(inputs: dict[str, Any]) -> list[dict[int, int]]:
    """For each row what is owed of each crop (its id)."""
    crops = [crop["crop"] for crop in inputs["crops"]]
    return [dict(zip(crops, row, strict=True)) for row in inputs["turns"]]


def _pair(then: str, now: str) -> list[Any]:
    return [] if then == now else [{"then": then, "now": now}]
