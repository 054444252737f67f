"""A person's data as one ZIP: everything as JSON, and each table as CSV besides."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import tablib
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from csa.my_data.tables import TABLES, Whose
from people.models import User
from people.tables import safe_cell

Table = list[dict[str, Any]]

README = """This is what Hissa keeps about you, as of {at}.

data.json has all of it; each CSV file is one of its tables.
Amounts are in the currency's smallest unit (cents); times are in UTC.
"""


def export(user: User, *, at: datetime) -> bytes:
    """A ZIP of all that is kept about a person and the households they act for."""
    tables = tables_of(user)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README.format(at=at.isoformat(timespec="minutes")))
        archive.writestr("data.json", json.dumps(tables, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
        for name, rows in tables.items():
            if rows:
                archive.writestr(f"{name}.csv", _csv(rows))
    return packed.getvalue()


def tables_of(user: User) -> dict[str, Table]:
    """Every table with the person's rows, by name. The number of queries does not grow with them."""
    whose = Whose(user, list(user.households.values_list("pk", flat=True)))
    return {name: _rows(rows(whose), *fields) for name, (rows, fields) in TABLES.items()}


def _rows(rows: QuerySet[Any], *fields: str) -> Table:
    names = [field.replace("__", "_") for field in fields]
    return [dict(zip(names, row, strict=True)) for row in rows.values_list(*fields)]


def _csv(rows: Table) -> str:
    sheet = tablib.Dataset(headers=list(rows[0]))
    sheet.extend([_cells(row.values()) for row in rows])
    return str(sheet.export("csv"))


def _cells(values: Iterable[Any]) -> list[Any]:
    return [safe_cell(value.isoformat() if hasattr(value, "isoformat") else value) for value in values]
