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
from django.db.models import Q, QuerySet

from community.models import HoursAgreed, HoursEntry, SignUp
from deliveries.models import Change, CheckIn, Exclusion, FriendPass, LateWish, Liking, Pickup, PlanChange
from farms.models import HouseholdPerson, StaffMember
from people.models import Letter, StoppedLetter, User
from people.tables import safe_cell
from shares.models import (
    Bid,
    Document,
    GiftOrder,
    Instalment,
    LedgerEntry,
    Order,
    Payment,
    Refund,
    SavedCard,
    Share,
    WaitingPlace,
)

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
    households = list(user.households.values_list("pk", flat=True))
    own = {"household__in": households}
    orders = Order.objects.filter(**own)
    return {
        "person": _rows(User.objects.filter(pk=user.pk), "email", "name", "language", "date_joined", "last_login"),
        "roles": _rows(StaffMember.objects.filter(user=user), "farm__name", "role", "site__name", "since"),
        "households": _rows(
            HouseholdPerson.objects.filter(user=user), "household__farm__name", "household__name", "household__number",
            "household__phone", "household__note", "since",
        ),
        "orders": _rows(
            orders, "pk", "farm__name", "season__name", "method", "currency", "donation", "ordered_at", "settled_at",
            "lapsed_at",
        ),
        "shares": _rows(
            Share.objects.filter(**own), "pk", "order", "share_type__name", "site__name", "turn", "first_week",
            "last_week", "pickups", "price", "cancelled_at",
        ),
        "payments": _rows(
            Payment.objects.filter(order__in=orders), "order", "method", "amount", "currency", "attempted_at",
            "succeeded_at", "note",
        ),
        "refunds": _rows(
            Refund.objects.filter(payment__order__in=orders), "payment__order", "amount", "reason", "asked_at",
            "accepted_at",
        ),
        "books": _rows(
            LedgerEntry.objects.filter(posting__order__in=orders).order_by("posting__at", "pk"), "posting__order",
            "posting__at", "posting__kind", "account", "amount",
        ),
        "changes": _rows(
            Change.objects.filter(share__household__in=households), "share", "day__date", "kind", "to_day__date",
            "made_at", "undone_at",
        ),
        "pickups": _rows(
            Pickup.objects.filter(**own).order_by("day__date", "pk"), "pk", "share", "day__date", "day__site__name"
        ),
        "check_ins": _rows(
            CheckIn.objects.filter(pickup__household__in=households), "pickup", "action", "tapped_at", "received_at"
        ),
        "plan_changes": _rows(
            PlanChange.objects.filter(share__household__in=households), "share", "from_week", "site__name", "made_at",
            "undone_at",
        ),
        "friends": _rows(FriendPass.objects.filter(**own), "name", "day__date", "made_at", "revoked_at"),
        "late_wishes": _rows(
            LateWish.objects.filter(**own), "day__date", "kind", "words", "asked_at", "accepted", "answer"
        ),
        "bids": _rows(
            Bid.objects.filter(**own), "round", "share_type__name", "comfortable", "possible", "limit", "price",
            "made_at",
        ),
        "waiting": _rows(
            WaitingPlace.objects.filter(Q(household__in=households) | Q(email__iexact=user.email)), "name", "email",
            "share_type__name", "since", "offered_at", "taken_at", "passed_at", "left_at",
        ),
        "instalments": _rows(Instalment.objects.filter(order__in=orders), "order", "number", "amount", "due_on"),
        "cards": _rows(SavedCard.objects.filter(**own), "words", "saved_at"),
        "documents": _rows(Document.objects.filter(**own), "kind", "year", "number", "total", "currency", "at"),
        "gifts": _rows(
            GiftOrder.objects.filter(Q(recipient__in=households) | Q(order__in=orders)), "name", "email", "giver",
            "message", "tell_on",
        ),
        "shifts": _rows(
            SignUp.objects.filter(user=user), "shift__title", "shift__starts_at", "signed_at", "withdrawn_at"
        ),
        "hours": _rows(HoursEntry.objects.filter(**own), "season__name", "kind", "minutes", "at"),
        "hours_agreed": _rows(HoursAgreed.objects.filter(**own), "season__name", "minutes"),
        "likings": _rows(Liking.objects.filter(**own), "crop__name", "level"),
        "allergies": _rows(Exclusion.objects.filter(**own), "crop__name", "consented_at"),
        "letters": _rows(
            Letter.objects.filter(to_email__iexact=user.email), "kind", "subject", "text", "written_at", "sent_at"
        ),
        "letters_stopped": _rows(StoppedLetter.objects.filter(email__iexact=user.email), "kind", "stopped_at"),
    }  # fmt: skip


def _rows(rows: QuerySet[Any], *fields: str) -> Table:
    names = [field.replace("__", "_") for field in fields]
    return [dict(zip(names, row, strict=True)) for row in rows.values_list(*fields)]


def _csv(rows: Table) -> str:
    sheet = tablib.Dataset(headers=list(rows[0]))
    sheet.extend([_cells(row.values()) for row in rows])
    return str(sheet.export("csv"))


def _cells(values: Iterable[Any]) -> list[Any]:
    return [safe_cell(value.isoformat() if hasattr(value, "isoformat") else value) for value in values]
