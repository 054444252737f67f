"""A division written down: boxes, portions with their reasons, leftovers, the week's entries in the season's memory.

A box for each share of a large farm makes tens of thousands of rows: they go in as they are counted, by one statement
for each table, and never all stand in memory as objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, models

from deliveries.allocation import Division, account
from deliveries.dividing.divided import Divided
from deliveries.dividing.gathering import Case
from deliveries.models import Allocation, Box, Leftover, Portion

BOX = ("allocation_id", "day_id", "share_type_id", "share_id", "count", "target", "value", "due", "got")
PORTION = ("box_id", "crop_id", "steps", "turn_due", "turn_got", "reason")


def store(*, run: Allocation, case: Case, division: Division, divided: Divided) -> None:
    """Write the run's result, within the caller's transaction. A constant number of statements."""
    entries = account(division.problem, division)
    scale = case.inputs["scale"]
    _insert(Box, BOX, (
        (
            run.pk, cell.day.pk, cell.share_type.pk, cell.share, cell.count, divided.targets[row], divided.values[row],
            round(int(entries.due[row]) / scale), round(int(entries.got[row]) / scale),
        )
        for row, cell in enumerate(case.cells)
    ))  # fmt: skip
    places = run.boxes.order_by().values_list("day", "share_type", "share", "pk").iterator()
    numbers: dict[tuple[int, int, int | None], int] = {(day, kind, share): pk for day, kind, share, pk in places}
    boxes = [numbers[cell.day.pk, cell.share_type.pk, cell.share] for cell in case.cells]
    _insert(Portion, PORTION, _portions(boxes, case, divided, entries))
    Leftover.objects.bulk_create(
        Leftover(allocation=run, crop=line.crop, steps=left)
        for line, left in zip(case.lines, divided.leftover, strict=True)
        if left
    )


def _portions(boxes: Sequence[int], case: Case, divided: Divided, entries: Any) -> Iterator[tuple[Any, ...]]:
    """A row for each box and crop. The reason of crops that were not scarce is the same all over a box."""
    scarce = entries.scarce.tolist()
    for row, box in enumerate(boxes):
        facts = {"target": divided.targets[row], "value": divided.values[row]}
        plenty = _json({**facts, "scarce": False})
        due, got = entries.turn_due[row].tolist(), entries.turn_got[row].tolist()
        for column, line in enumerate(case.lines):
            reason = plenty
            if scarce[column]:
                reason = _json({**facts, "scarce": True, "turn": case.inputs["turns"][row][column]})
            yield box, line.crop_id, divided.portions[row][column], due[column], got[column], reason


def _json(value: dict[str, Any]) -> Any:
    return connection.ops.adapt_json_value(value, None)


def _insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """One statement for all rows: bulk_create would need one per hundred or so on SQLite."""
    table = connection.ops.quote_name(model._meta.db_table)
    places = ", ".join(["%s"] * len(columns))
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    with connection.cursor() as cursor:
        # Rows are counted as they go in; the stubs ask for a list.
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # type: ignore[arg-type]  # noqa: S608
