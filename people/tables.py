"""Tables that leave the house: CSV and XLSX, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import tablib
from django.http import Http404, HttpResponse

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A spreadsheet runs a cell that begins like this as a formula.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\x00")


def table_answer(kind: str, name: str, table: tuple[Sequence[str], Iterable[Sequence[Any]]]) -> HttpResponse:
    """The table as a file to keep: `kind` is csv or xlsx; anything else is 404."""
    if kind not in TYPES:
        raise Http404
    heads, rows = table
    data = tablib.Dataset(headers=[str(head) for head in heads])
    for row in rows:
        data.append([safe_cell(cell) for cell in row])
    exported = data.export(kind)
    content = ("\ufeff" + exported).encode() if isinstance(exported, str) else exported
    answer = HttpResponse(content, content_type=TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer


def safe_cell(cell: Any) -> Any:
    """Text that a spreadsheet would run is kept as text by a leading apostrophe."""
    if isinstance(cell, str):
        cell = cell.replace("\x00", "")
        return f"'{cell}" if cell.startswith(RISKY) else cell
    return cell
