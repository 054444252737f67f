"""Stripe's lists (https://docs.stripe.com/api/pagination) and expanded objects (…/api/expanding_objects)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import bad_parameter, no_such
from .store import Json
from .world import World, public

DEEPEST_EXPANSION = 4
BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page(world: World, kind: str, params: Json, *, url: str, where: str = "1", values: tuple[Any, ...] = ()) -> Json:
    """One page of a kind, newest first, by `limit`, `starting_after`, `ending_before` and `created`."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise bad_parameter(f"Invalid integer: {limit}; must be between 1 and 100", param="limit")
    if "starting_after" in params and "ending_before" in params:
        raise bad_parameter(
            "Received both starting_after and ending_before. Please pass in only one.", param="ending_before"
        )
    where, values = _created(where, values, params.get("created"))
    backwards = "ending_before" in params
    for cursor, sign in (("starting_after", "<"), ("ending_before", ">")):
        if cursor in params:
            seq = world.store.place_of(params[cursor], kind)
            if seq is None:
                raise no_such(kind, params[cursor], param=cursor)
            where, values = f"({where}) AND seq {sign} ?", (*values, seq)
    order = "seq ASC" if backwards else "seq DESC"
    rows = world.store.find(kind, where, *values, order=order, limit=limit + 1)
    found = rows[:limit]
    if backwards:
        found.reverse()
    return listing([public(row) for row in found], url=url, has_more=len(rows) > limit)


def listing(rows: list[Json], *, url: str, has_more: bool = False) -> Json:
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}


def _created(where: str, values: tuple[Any, ...], created: Any) -> tuple[str, tuple[Any, ...]]:
    if created is None:
        return where, values
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    for name, bound in bounds.items():
        where, values = f"({where}) AND created {BOUNDS[name]} ?", (*values, bound)
    return where, values


def expand(world: World, answer: Json, paths: list[str], hidden: Callable[[Json, str], Any]) -> Json:
    """The answer with ids along each path replaced by their objects; `hidden` knows the includable fields."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST_EXPANSION + 1:
            raise bad_parameter("You cannot expand more than 4 levels of a property.", param="expand")
        _expand(world, answer, steps, path, hidden)
    return answer


def _expand(world: World, thing: Json, steps: list[str], path: str, hidden: Callable[[Json, str], Any]) -> None:
    step, rest = steps[0], steps[1:]
    if thing.get("object") == "list" and step == "data":
        for row in thing["data"]:
            if rest:
                _expand(world, row, rest, path, hidden)
        return
    value = thing[step] if step in thing else hidden(thing, step)
    if isinstance(value, str):
        value = world.store.get(value)
        value = public(value) if value else None
    if value is None and thing.get(step) is None and step in thing:
        return
    if not isinstance(value, dict):
        raise bad_parameter(f"This property cannot be expanded ({path}).", param="expand[0]")
    thing[step] = value
    if rest:
        _expand(world, value, rest, path, hidden)
