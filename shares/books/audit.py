"""Whether a farm's books hold by themselves: each law of RELIABILITY as a question to the database, every night."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import Coalesce

from farms.models import Farm, SeasonSite
from shares.books.differences import Difference
from shares.models import (
    Account,
    BooksCheck,
    Document,
    Instalment,
    LedgerEntry,
    Order,
    Payment,
    Posting,
    Refund,
    Series,
    Share,
    ShareType,
    SolidarityFund,
    WaitingPlace,
)

log = logging.getLogger("hissa.audit")

Law = Callable[[Farm], Iterator[Difference]]


def audit_all(*, at: datetime) -> int:
    """Sweep: look at the books of every farm; how many differences. One farm's failure stops no other."""
    found = 0
    for farm in Farm.objects.order_by("pk"):
        try:
            found += len(audit(farm, at=at))
        except Exception:
            log.exception("the books of farm %s could not be looked at", farm.pk)
    return found


def audit(farm: Farm, *, at: datetime) -> list[Difference]:
    """Look at a farm's books and store what was found. The number of queries does not grow with the rows."""
    found = [difference for law in LAWS for difference in law(farm)]
    for difference in found:
        log.error("books of farm %s: %s %s %s", farm.pk, difference.rule, difference.code, difference.what)
    facts = {
        "finished_at": at,
        "looked_at": farm.postings.count(),
        "found": [difference.as_facts() for difference in found],
    }
    BooksCheck.objects.update_or_create(farm=farm, kind=BooksCheck.Kind.BOOKS, defaults=facts)
    return found


def postings_balance(farm: Farm) -> Iterator[Difference]:
    """I1: the entries of each posting sum to zero."""
    wrong = Posting.objects.filter(farm=farm).annotate(sum=Sum("entries__amount")).exclude(sum=0).exclude(sum=None)
    for posting in wrong:
        on = posting.at.date().isoformat()
        yield Difference("unbalanced", "I1", posting.key, posting.order_id, 0, posting.sum, on)


def payments_are_posted(farm: Farm) -> Iterator[Difference]:
    """I2, I6: what came stands in the books once, with its amount; and nothing else does."""
    posted = _posted(farm, "payment", sign=-1)
    for payment in Payment.objects.filter(order__farm=farm).exclude(succeeded_at=None):
        key = f"charge:{payment.provider_object}" if payment.provider_object else f"by-hand:{payment.reference}"
        yield from _compared(f"P-{payment.pk}", payment.order_id, payment.amount, posted.pop(key, None), rule="I2")
    for key, (order, amount) in posted.items():
        yield Difference("posted_for_nothing", "I6", key, order, 0, amount)


def refunds_are_posted(farm: Farm) -> Iterator[Difference]:
    """I2, I6: what went back stands in the books once, with its amount; and nothing else does."""
    posted = _posted(farm, "refund", sign=1)
    for refund in Refund.objects.filter(payment__order__farm=farm).exclude(accepted_at=None).select_related("payment"):
        key = f"refund:{refund.provider_object or refund.reference}"
        yield from _compared(f"R-{refund.pk}", refund.payment.order_id, refund.amount, posted.pop(key, None), rule="I2")
    for key, (order, amount) in posted.items():
        yield Difference("posted_for_nothing", "I6", key, order, 0, amount)


def _posted(farm: Farm, kind: str, *, sign: int) -> dict[str, tuple[int | None, int]]:
    """Order and amount (of what households owe) of each posting of a kind, by its key. One query."""
    entries = LedgerEntry.objects.filter(posting__farm=farm, posting__kind=kind, account=Account.OWED)
    rows = entries.values_list("posting__key", "posting__order_id").annotate(Sum("amount")).order_by()
    return {key: (order, sign * amount) for key, order, amount in rows}


def _compared(
    what: str, order: int, expected: int, found: tuple[int | None, int] | None, *, rule: str
) -> Iterator[Difference]:
    if found is None:
        yield Difference("not_posted", rule, what, order, expected, 0)
    elif found != (order, expected):
        yield Difference("posted_otherwise", rule, what, order, expected, found[1])


def never_refunded_more_than_paid(farm: Farm) -> Iterator[Difference]:
    """I3: what went back of a payment is no more than came, and its counter knows what was asked back."""
    standing = Q(refunds__refused_at=None, refunds__failed_at=None)
    payments = Payment.objects.filter(order__farm=farm).annotate(
        asked=Coalesce(Sum("refunds__amount", filter=standing), 0),
        back=Coalesce(Sum("refunds__amount", filter=standing & Q(refunds__accepted_at__isnull=False)), 0),
    )
    unpaid = Q(back__gt=0, succeeded_at=None)
    for payment in payments.filter(unpaid | Q(back__gt=F("amount")) | ~Q(asked=F("refunded"))):
        came = payment.amount if payment.succeeded_at else 0
        if payment.back > came:
            yield Difference("refunded_too_much", "I3", f"P-{payment.pk}", payment.order_id, came, payment.back)
        if payment.asked != payment.refunded:
            yield Difference(
                "refunds_miscounted", "I3", f"P-{payment.pk}", payment.order_id, payment.asked, payment.refunded
            )


def parts_sum(farm: Farm) -> Iterator[Difference]:
    """I4: the parts that a household promised to pay sum to what it bought."""
    parts = dict(Instalment.objects.filter(order__farm=farm).values_list("order_id").annotate(Sum("amount")).order_by())
    sold = LedgerEntry.objects.filter(
        posting__order__in=parts, posting__key__in=[f"sale:{order}" for order in parts], account=Account.OWED
    )
    costs = dict(sold.values_list("posting__order_id").annotate(Sum("amount")).order_by())
    for order, amount in parts.items():
        if amount != costs.get(order, 0):
            yield Difference("parts_do_not_sum", "I4", "", order, costs.get(order, 0), amount)


def fund_holds(farm: Farm) -> Iterator[Difference]:
    """I5: the solidarity fund is never overdrawn, and its counters say what the books say."""
    moved = LedgerEntry.objects.filter(posting__farm=farm, account__in=(Account.FUND, Account.BORNE))
    sums = dict(moved.values_list("account").annotate(Sum("amount")).order_by())
    fund = SolidarityFund.objects.filter(farm=farm).first() or SolidarityFund(farm=farm)
    for counter, told in ((fund.balance, -sums.get("fund", 0)), (fund.borne, sums.get("borne", 0))):
        if told < 0:
            yield Difference("fund_overdrawn", "I5", "", None, 0, told)
        if counter != told:
            yield Difference("fund_miscounted", "I5", "", None, told, counter)


def shares_hold_places(farm: Farm) -> Iterator[Difference]:
    """I7: the places of each share, and the room at each site, are taken by the shares that hold them, and by offers
    to those who wait."""
    held = Share.objects.filter(order__farm=farm, order__lapsed_at=None, cancelled_at=None)
    offered = WaitingPlace.objects.offered().filter(share_type__season__farm=farm)
    places, rooms = Counter[int](), Counter[tuple[int, int, str]]()
    for rows in (_held(held, "site", "turn"), _held(offered, "offered_site", "offered_turn")):
        for kind, is_addon, season, site, turn, number in rows:
            places[kind] += number
            if not is_addon:
                rooms[season, site, "A"] += number * (turn != "B")
                rooms[season, site, "B"] += number * (turn != "A")
    for one in ShareType.objects.filter(season__farm=farm):
        if one.taken != places[one.pk]:
            yield Difference("places_miscounted", "I7", one.name, None, places[one.pk], one.taken)
    for room in SeasonSite.objects.filter(season__farm=farm).select_related("site"):
        for turn, taken in (("A", room.taken_a), ("B", room.taken_b)):
            if taken != (held_there := rooms[room.season_id, room.site_id, turn]):
                yield Difference("room_miscounted", "I7", f"{room.site.name} {turn}", None, held_there, taken)


def _held(rows: object, site: str, turn: str) -> Iterator[tuple[int, bool, int, int, str, int]]:
    names = ("share_type_id", "share_type__is_addon", "share_type__season_id", site, turn)
    yield from rows.values_list(*names).annotate(Count("pk")).order_by()  # type: ignore[attr-defined]


def states_are_listed(farm: Farm) -> Iterator[Difference]:
    """I8: an order is open, settled or lapsed, as the books say; a payment and a refund end one way only."""
    owed = Coalesce(Sum("postings__entries__amount", filter=Q(postings__entries__account=Account.OWED)), 0)
    orders = Order.objects.filter(farm=farm).annotate(owed=owed).order_by("pk")
    for order, settled, lapsed, open_sum in orders.values_list("pk", "settled_at", "lapsed_at", "owed"):
        if settled and lapsed:
            yield Difference("settled_and_lapsed", "I8", "", order)
        elif lapsed and open_sum > 0:
            yield Difference("lapsed_but_owed", "I8", "", order, 0, open_sum)
        elif not settled and not lapsed and open_sum <= 0:
            yield Difference("open_but_paid", "I8", "", order, 0, open_sum)
    payments = Payment.objects.filter(order__farm=farm, succeeded_at__isnull=False, expired_at__isnull=False)
    for payment in payments:
        yield Difference("paid_and_expired", "I8", f"P-{payment.pk}", payment.order_id)
    refunds = Refund.objects.filter(payment__order__farm=farm, accepted_at__isnull=False, refused_at__isnull=False)
    for refund in refunds.select_related("payment"):
        yield Difference("refund_unclear", "I8", f"R-{refund.pk}", refund.payment.order_id)


def numbers_have_no_gap(farm: Farm) -> Iterator[Difference]:
    """Invoices and credit notes of a year are numbered from 1, each number once."""
    years = Document.objects.filter(farm=farm).values_list("year").annotate(Count("pk"), Max("number")).order_by()
    there = {year: (number, last) for year, number, last in years}
    for series in Series.objects.filter(farm=farm):
        number, last = there.get(series.year, (0, 0))
        if not number == last == series.last:
            yield Difference("gap_in_numbers", "", str(series.year), None, series.last, number)


LAWS: tuple[Law, ...] = (
    postings_balance,
    payments_are_posted,
    refunds_are_posted,
    never_refunded_more_than_paid,
    parts_sum,
    fund_holds,
    shares_hold_places,
    states_are_listed,
    numbers_have_no_gap,
)
