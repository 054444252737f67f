"""Co-holders split what an order costs: each pays a part by their own link; it is settled when all have paid.

A part that is not paid in time lapses kindly: the household is told and may pay it, and no place is lost that somebody
has paid for.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from people.currencies import step_of
from shares.books import ledger
from shares.cards import connect
from shares.models import Order, Payment, SharedPart
from shares.paying import holder_letters
from shares.paying.payments import PAGE_FRESH
from shares.prices.splitting import split

log = logging.getLogger("hissa.parts")

PATIENCE = timedelta(days=7)  # how long the parts are waited for
MOST = 8  # co-holders


class CannotSplit(ValueError):
    """The order cannot be split so; the words say why. Nothing was changed."""


def split_order(order: Order, *, holders: Sequence[tuple[str, str]], at: datetime) -> list[SharedPart]:
    """Split what is owed of an order evenly among these people (name, address), largest remainder first; each gets a
    letter with their own link, and the order waits for them. Split twice, it is split once. Raises CannotSplit."""
    with transaction.atomic():
        Order.objects.filter(pk=order.pk).update(held_until=F("held_until"))
        if there := list(order.shared_parts.all()):
            return there
        owed = ledger.owed(order)
        addresses = {email.strip().lower() for _name, email in holders}
        if not Order.objects.open().filter(pk=order.pk, held_until__gt=at).exists() or owed <= 0:
            raise CannotSplit(_("Nothing is to be paid for this order any more."))
        if order.instalments.exists():
            raise CannotSplit(_("This order is paid in instalments: it cannot be split besides."))
        if not 2 <= len(addresses) == len(holders) <= MOST or owed < len(holders) * step_of(order.currency):
            raise CannotSplit(_("Write two to eight different e-mail addresses."))
        amounts = split(owed, [1] * len(holders), step=step_of(order.currency))
        parts = SharedPart.objects.bulk_create(
            SharedPart(order=order, name=name, email=email.strip().lower(), amount=amount, split_at=at)
            for (name, email), amount in zip(holders, amounts, strict=True)
        )
        Order.objects.filter(pk=order.pk).update(held_until=at + PATIENCE)
        order.refresh_from_db()
        for part in parts:
            holder_letters.write_part(part, until=order.held_until, at=at)
    return parts


def pay_part(part: SharedPart, *, at: datetime) -> Payment | None:
    """The payment of one's part, for the payment page: the same one while it stands; never more than is still owed.
    None when it is paid, or nothing is owed any more."""
    with transaction.atomic():
        Order.objects.filter(pk=part.order_id).update(held_until=F("held_until"))
        part.refresh_from_db()
        last = part.payment
        if last is not None and last.succeeded_at:
            return None
        if last is not None and not last.expired_at and last.attempted_at > at - PAGE_FRESH:
            return last
        order = part.order
        amount = min(part.amount, ledger.owed(order))
        if amount <= 0 or order.lapsed_at:
            return None
        if last is not None and not last.expired_at and last.session_id:
            return last  # its page may still be paid: it is asked for, not made anew
        part.payment = Payment.objects.create(
            order=order,
            method=Payment.Method.CARD,
            amount=amount,
            currency=order.currency,
            attempted_at=at,
            account=connect.account_of(order.farm),
        )
        part.save(update_fields=["payment"])
    return part.payment


def lapse_parts(*, at: datetime) -> int:
    """Sweep: parts that did not come although their time is over, of orders somebody has paid towards: the household is
    told once, kindly, and may pay them; how many. (An order nobody paid lapses as any other.)"""
    late = SharedPart.objects.filter(
        lapsed_at=None, payment__succeeded_at=None, order__held_until__lte=at, order__settled_at=None,
        order__lapsed_at=None, order__payments__succeeded_at__isnull=False,
    )  # fmt: skip
    told = 0
    for part in late.select_related("order__farm", "order__household", "order__season").distinct().order_by("pk"):
        try:
            with transaction.atomic():
                if SharedPart.objects.filter(pk=part.pk, lapsed_at=None).update(lapsed_at=at):
                    holder_letters.write_part_lapsed(part, at=at)
                    told += 1
        except Exception:
            log.exception("part %s could not be told of", part.pk)
    return told
