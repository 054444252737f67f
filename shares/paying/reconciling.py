"""The books against the payment provider's own list: what was missed is caught up, what still differs is named."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, Sum

from farms.models import Farm
from shares.books import ledger
from shares.books.differences import Difference
from shares.cards import stripe_gateway, stripe_news
from shares.cards.stripe_news import PaymentState
from shares.models import Account, BooksCheck, LedgerEntry, Payment, Refund
from shares.paying import payments

log = logging.getLogger("hissa.reconciling")

LOOKS_BACK = timedelta(days=400)  # a season and what was sold before it
EVERY = timedelta(hours=20)
LEASE = timedelta(minutes=4)


@dataclass(frozen=True)
class Booked:
    """What the books say of a card payment, in minor units. `on` is when it came, in ISO form."""

    payment: int
    order: int
    amount: int
    refunded: int
    fee: int
    currency: str
    on: str


Sums = dict[str, list[int]]


def compare(theirs: Sequence[PaymentState], ours: Mapping[str, Booked]) -> list[Difference]:
    """The provider's list and the books, by the provider's id of each payment."""
    found: list[Difference] = []
    listed = {state.payment_intent: state for state in theirs if state.paid}
    for intent, state in listed.items():
        if booked := ours.get(intent):
            found += _differences(state, booked)
        else:
            on = state.created.date().isoformat()
            found.append(Difference("unknown_here", "I2", intent, None, state.amount, 0, on))
    for intent, booked in ours.items():
        if intent not in listed:
            found.append(Difference("unknown_there", "I2", intent, booked.order, 0, booked.amount, booked.on))
    return found


def _differences(state: PaymentState, booked: Booked) -> Iterator[Difference]:
    if state.currency.upper() != booked.currency.upper():
        yield Difference("currency_differs", "I2", f"P-{booked.payment}", booked.order, 0, 0, booked.on)
        return
    pairs = [("amount_differs", state.amount, booked.amount), ("refund_missing", state.refunded, booked.refunded)]
    if state.fee is not None:
        pairs.append(("fee_differs", state.fee, booked.fee))
    for code, expected, told in pairs:
        if expected != told:
            yield Difference(code, "I2", f"P-{booked.payment}", booked.order, expected, told, booked.on)


def sums_of(theirs: Iterable[PaymentState], ours: Mapping[str, Booked]) -> Sums:
    """Number and sums of what the provider lists and what the books say: [theirs, ours] each, in minor units."""
    listed = [state for state in theirs if state.paid]
    return {
        "number": [len(listed), len(ours)],
        "amount": [sum(state.amount for state in listed), sum(booked.amount for booked in ours.values())],
        "refunded": [sum(state.refunded for state in listed), sum(booked.refunded for booked in ours.values())],
        "fee": [sum(state.fee or 0 for state in listed), sum(booked.fee for booked in ours.values())],
    }


def ask_for_look(farm: Farm, *, at: datetime) -> None:
    """Somebody wants the farm's books compared with the provider's list now; the worker does it."""
    BooksCheck.objects.update_or_create(farm=farm, kind=BooksCheck.Kind.PROVIDER, defaults={"asked_at": at})


def reconcile_all(*, at: datetime) -> int:
    """Sweep: compare what was asked for, and every farm that takes cards once a day; how many farms were looked at.
    One farm's failure stops no other, and two sweeps never look at one farm at once."""
    taking = Farm.objects.filter(orders__payments__method=Payment.Method.CARD, orders__payments__succeeded_at__lte=at)
    new = taking.exclude(checks__kind=BooksCheck.Kind.PROVIDER).distinct()
    missing = [BooksCheck(farm=farm, kind=BooksCheck.Kind.PROVIDER) for farm in new]
    BooksCheck.objects.bulk_create(missing, ignore_conflicts=True)
    done = 0
    due = Q(asked_at__lte=at) | Q(finished_at=None) | Q(finished_at__lte=at - EVERY)
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    checks = BooksCheck.objects.filter(due, free, kind=BooksCheck.Kind.PROVIDER)
    for check in checks.select_related("farm").order_by("pk"):
        if BooksCheck.objects.filter(free, pk=check.pk).update(leased_until=at + LEASE):
            try:
                reconcile(check, at=at)
                done += 1
            except Exception:
                log.exception("the books of farm %s could not be compared", check.farm_id)
    return done


def reconcile(check: BooksCheck, *, at: datetime) -> list[Difference]:
    """Compare a farm's books with its provider's list, catch up on what was missed, and store what still differs. When
    the provider does not answer, what was found before stays, marked as old."""
    farm, since = check.farm, at - LOOKS_BACK
    rows = BooksCheck.objects.filter(pk=check.pk)
    try:
        theirs = _listed(farm, since)
        if _catch_up(theirs, booked(farm, since), at=at):
            log.warning("farm %s: payments or fees were caught up on that nobody had told of", farm.pk)
    except (stripe_gateway.PaymentProviderDown, stripe_gateway.PaymentRefused):
        rows.update(silent=True, asked_at=None, leased_until=None)
        return []
    ours = booked(farm, since)
    found = compare(theirs, ours)
    rows.filter(asked_at__lte=at).update(asked_at=None)
    rows.update(
        since=since, finished_at=at, looked_at=len(theirs), silent=False, leased_until=None,
        sums=sums_of(theirs, ours), found=[difference.as_facts() for difference in found],
    )  # fmt: skip
    return found


def _listed(farm: Farm, since: datetime) -> list[PaymentState]:
    """What the provider lists of the farm's payments, in its own account and in the house's, as far as it used them."""
    cards = Payment.objects.filter(order__farm=farm, method=Payment.Method.CARD)
    found: list[PaymentState] = []
    for account in sorted(set(cards.order_by().values_list("account", flat=True))):
        states = list(stripe_news.list_payments(since, account=account))
        found += states if account else _of_this_farm(farm, states)
    return found


def _of_this_farm(farm: Farm, states: list[PaymentState]) -> list[PaymentState]:
    """Of the payments in the house's account, those that are this farm's. Where several farms share it, what bears
    nobody's reference is shown to none of them: it is in the log."""
    references = [state.reference for state in states if state.reference]
    known = Payment.objects.filter(reference__in=_uuids(references)).values_list("reference", "order__farm_id")
    whose = {str(reference): owner for reference, owner in known}
    by_intent = Payment.objects.filter(provider_object__in=[state.payment_intent for state in states])
    whose |= {intent or "": owner for intent, owner in by_intent.values_list("provider_object", "order__farm_id")}
    others = Payment.objects.exclude(order__farm=farm).filter(method=Payment.Method.CARD, account="")
    alone = not others.exists()
    mine = []
    for state in states:
        owner = whose.get(state.payment_intent, whose.get(state.reference or ""))
        if owner == farm.pk or (owner is None and alone):
            mine.append(state)
        elif owner is None and state.paid:
            log.error("the provider lists %s, which no farm here knows", state.payment_intent)
    return mine


def booked(farm: Farm, since: datetime) -> dict[str, Booked]:
    """What the books say of each card payment since then, by the provider's id. Four queries."""
    paid = Payment.objects.filter(order__farm=farm, succeeded_at__gte=since).exclude(provider_object=None)
    payments_there = list(paid.order_by("succeeded_at"))
    amounts = _sums(farm, Account.CARD, "payment")
    fees = _sums(farm, Account.FEES, "fee")
    given = _refunded(farm)
    return {
        payment.provider_object or "": Booked(
            payment=payment.pk,
            order=payment.order_id,
            amount=amounts.get(f"charge:{payment.provider_object}", 0),
            refunded=given.get(payment.pk, 0),
            fee=fees.get(f"fee:{payment.provider_object}", 0),
            currency=payment.currency,
            on=payment.succeeded_at.date().isoformat() if payment.succeeded_at else "",
        )
        for payment in payments_there
    }


def _sums(farm: Farm, account: Account, kind: str) -> dict[str, int]:
    entries = LedgerEntry.objects.filter(posting__farm=farm, posting__kind=kind, account=account)
    return dict(entries.values_list("posting__key").annotate(Sum("amount")).order_by())


def _refunded(farm: Farm) -> dict[int, int]:
    """What went back to cards, by payment; what failed later is not back."""
    refunds = Refund.objects.filter(payment__order__farm=farm, way=Payment.Method.CARD, accepted_at__isnull=False)
    standing = refunds.filter(failed_at=None)
    return dict(standing.values_list("payment_id").annotate(Sum("amount")).order_by())


def _catch_up(theirs: Iterable[PaymentState], ours: Mapping[str, Booked], *, at: datetime) -> int:
    """Settle what was paid and never told, and post the fees that were not known yet; how many."""
    acted = 0
    untold = {state.reference for state in theirs if state.paid and state.payment_intent not in ours}
    waiting = Payment.objects.filter(reference__in=_uuids(untold), succeeded_at=None)
    for payment in waiting.select_related("order__farm"):
        payments.look_after(payment, at=at)
        acted += Payment.objects.filter(pk=payment.pk, succeeded_at__isnull=False).count()
    late = [state for state in theirs if state.fee and (known := ours.get(state.payment_intent)) and not known.fee]
    for payment in Payment.objects.filter(provider_object__in=[state.payment_intent for state in late]):
        fee = next(state.fee or 0 for state in late if state.payment_intent == payment.provider_object)
        moves = {Account.FEES: fee, Account.CARD: -fee}
        key = f"fee:{payment.provider_object}"
        acted += ledger.post(order=payment.order, key=key, kind="fee", moves=moves, at=at) is not None
    return acted


def _uuids(words: Iterable[str | None]) -> list[str]:
    """Those of the references that may be ours."""
    return [word for word in words if word and len(word) == 36 and set(word) <= set("0123456789abcdef-")]
