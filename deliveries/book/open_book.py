"""A season's open book: what it costs, what covers it, how the solidarity fund stands, and what came off the fields.

Sums only: nobody can be told from them. Money in minor units, weights in grams (only what is sold by weight).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Min, Sum
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from deliveries.book.charts import Column, columns_chart
from deliveries.checking_in import gifts
from deliveries.harvesting.quantities import amount
from deliveries.models import Allocation
from farms.models import PickupDay, Season
from people.formats import isolated, money, number, percent
from shares.in_parts.offers import Money, money_of
from shares.models import Account, BudgetLine, LedgerEntry
from shares.solidarity import fund
from shares.solidarity.fund import Flows

GRAMS = 1000
BAR = 30  # pixels


@dataclass(frozen=True)
class OpenPage:
    """What the page tells. `sold` is what the shares sold cost, `before` what had come before the first pickup."""

    season: Season
    lines: list[BudgetLine]
    budget: int
    sold: int
    before: int
    shares: int
    money: Money
    balance: int
    flows: Flows
    grams: dict[int, int]
    given: gifts.Gifts

    @property
    def kilos(self) -> Decimal:
        return kilos(sum(self.grams.values()))

    @property
    def kilos_given(self) -> Decimal:
        return kilos(self.given.grams)

    @property
    def covered(self) -> Decimal:
        """The part of the budget that the shares sold cover."""
        return Decimal(self.sold) / self.budget if self.budget else Decimal(0)


def open_book_of(season: Season) -> OpenPage:
    """The season as it stands. A constant number of queries."""
    lines = list(season.budget_lines.all())
    types = list(season.share_types.all())
    shares = sum(kind.taken for kind in types if not kind.is_addon)
    budget = sum(line.amount for line in lines) or season.costs or 0
    return OpenPage(
        season=season,
        lines=lines,
        budget=budget,
        sold=_sold(season),
        before=_came_before(season),
        shares=shares,
        money=money_of(types, budget or None),
        balance=fund.look_at_fund(season.farm).balance,
        flows=fund.flows(season.farm),
        grams=_grams_by_week(season),
        given=gifts.given(season),
    )


def _sold(season: Season) -> int:
    """What the season's shares bring the farm, as the books say: paid orders, less what was given up."""
    kept = (Account.SHARES, Account.INCOME, Account.KEPT)
    entries = LedgerEntry.objects.filter(
        posting__order__season=season, posting__order__settled_at__isnull=False, account__in=kept
    )
    return -int(entries.aggregate(sum=Sum("amount"))["sum"] or 0)


def _came_before(season: Season) -> int:
    """The money that had come before the first pickup, less what was given back by then."""
    first: datetime | None = PickupDay.objects.filter(week__season=season).aggregate(first=Min("starts_at"))["first"]
    came = LedgerEntry.objects.filter(
        posting__order__season=season, posting__kind__in=("payment", "refund", "refund_failed"), account=Account.OWED
    )
    if first is not None:
        came = came.filter(posting__at__lt=first)
    return -int(came.aggregate(sum=Sum("amount"))["sum"] or 0)


def _grams_by_week(season: Season) -> dict[int, int]:
    runs = Allocation.objects.filter(in_force_for__week__season=season)
    found: Counter[int] = Counter()
    for week, crops in runs.values_list("in_force_for__week__number", "inputs__crops"):
        for crop in crops or []:
            picked = amount(int(crop["steps"]), Decimal(str(crop["step"])))
            found[week] += gifts.weight(picked, str(crop["unit"]))
    return dict(sorted(found.items()))


def kilos(grams: int) -> Decimal:
    """Kilograms to the nearest whole one, as people say it."""
    return Decimal(round(Decimal(grams) / GRAMS))


# --- pictures -----------------------------------------------------------------------------------


def cover_chart(page: OpenPage) -> SafeString:
    """One bar: the budget, filled as far as the shares sold cover it. Its figures stand in the table beside it."""
    part = min(float(page.covered), 1.0) * 100
    told = _("%(sold)s of %(budget)s are covered: %(part)s.") % {
        "sold": isolated(money(page.sold, page.season.farm.currency, short=True)),
        "budget": isolated(money(page.budget, page.season.farm.currency, short=True)),
        "part": isolated(percent(page.covered)),
    }
    return _bar(told, [("s1", 0.0, part), ("rest", part, 100 - part)])


def _bar(told: str, parts: Sequence[tuple[str, float, float]]) -> SafeString:
    turned = get_language_bidi()
    marks = format_html_join(
        "",
        '<rect class="{}" x="{}%" y="0" width="{}%" height="{}"/>',
        (
            (kind, f"{100 - start - width if turned else start:.2f}", f"{width:.2f}", BAR)
            for kind, start, width in parts
            if width > 0
        ),
    )
    return format_html(
        '<svg class="plot cover" role="img" aria-label="{}" width="100%" height="{}" direction="ltr">{}</svg>',
        told,
        BAR,
        marks,
    )


def weeks_chart(page: OpenPage) -> SafeString:
    """Kilograms week by week."""
    columns = [
        Column(
            str(week),
            (float(grams) / GRAMS,),
            _("Week %(week)s: %(kg)s kg") % {"week": week, "kg": number(kilos(grams))},
        )
        for week, grams in page.grams.items()
    ]
    return columns_chart(
        columns, told=_("Kilograms harvested, week by week"), series=("s1",), tick=lambda value: f"{number(value)} kg"
    )
