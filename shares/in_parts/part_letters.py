"""What a household is told about the parts it pays: before, after, and when one did not come. Kindly: nobody's food
hangs on it that week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from people.letters import page_url, write_letter
from shares.books import bank_reference, ledger
from shares.in_parts import instalments
from shares.letters import write_to_household
from shares.models import Instalment, Order, Payment, SavedCard
from shares.prices import privacy


def pay_url(order: Order) -> str:
    """The page on which what is due of an order is paid; whoever has its address made the order, or got the letter."""
    return page_url(f"{reverse('pay_part', args=[order.farm.slug])}?order={order.token}")


def write_notice(part: Instalment, *, open: int, at: datetime) -> None:
    """A part is due in some days: from which card it will be taken, or where to send it."""
    _write(part, "part_notice", f"part:{part.pk}", open, at)


def write_reminder(part: Instalment, *, open: int, on: date, at: datetime) -> None:
    """A part has not come yet; once a day at most."""
    _write(part, "part_reminder", f"part:{part.pk}:{on.isoformat()}", open, at)


def write_declined(part: Instalment, *, open: int, asks: bool, at: datetime) -> None:
    """The card did not pay: when it is tried again and how to pay oneself; or the bank asks for its owner (`asks`)."""
    _write(part, "part_declined", f"part:{part.pk}:{part.failures}", open, at, {"asks": asks, "again_on": part.next_on})


def write_part_paid(payment: Payment, *, at: datetime) -> None:
    """A part has come; and what is left."""
    order = payment.order
    parts = list(order.instalments.all())
    coming = [each for each in instalments.open_parts(parts, owed=ledger.owed(order)) if each.open]
    context = {"payment": payment, "coming": coming, "left": sum(each.open for each in coming)}
    write_to_household(order, kind="part_paid", occasion=f"payment:{payment.pk}", context=context, at=at)


def write_debit_failed(payment: Payment, *, at: datetime) -> None:
    """A bank debit was not paid, days after it was given; the place is still held for a while."""
    order = payment.order
    back = page_url(f"{reverse('join_done', args=[order.farm.slug])}?order={order.token}")
    context = {"payment": payment, "address": back}
    write_to_household(order, kind="debit_failed", occasion=f"payment:{payment.pk}", context=context, at=at)


def write_stopped(order: Order, *, at: datetime) -> None:
    """The farmer said that nothing is packed until what is due is paid."""
    context = {"open": ledger.owed(order), "address": pay_url(order)}
    write_to_household(order, kind="stopped", occasion=f"order:{order.pk}:{at.isoformat()}", context=context, at=at)


def write_how_to_pay(order: Order, *, at: datetime) -> None:
    """Where to transfer the money, with which reference, until when; once per order."""
    context = {"owed": instalments.due_at_first(order), **_to_bank(order)}
    write_to_household(order, kind="how_to_pay", occasion=f"order:{order.pk}", context=context, at=at)


def write_place_lapses(order: Order, *, at: datetime) -> int:
    """The place is held only a little longer: as how to pay, once more; once per order, and of choice."""
    context = {"owed": instalments.due_at_first(order), **_to_bank(order)}
    return write_to_household(
        order, kind="place_lapses", occasion=f"order:{order.pk}", context=context, at=at, stale_at=order.held_until,
        may_stop=True,
    )  # fmt: skip


def write_dispute(payment: Payment, *, dispute: str, amount: int, status: str, at: datetime) -> None:
    """To the farm's owners: a payment is disputed, or the bank has decided. No amount of a price kept private."""
    order, farm = payment.order, payment.order.farm
    place = page_url(reverse("desk_household", args=[farm.slug, order.household.number]))
    private = not privacy.may_see(payment, privacy.kept_private([order]))
    context = {
        "order": order, "amount": None if private else amount, "status": status, "address": place, "farm": farm,
    }  # fmt: skip
    for member in farm.staff.filter(role="owner").select_related("user").order_by("pk"):
        write_letter(
            kind="dispute",
            to=member.user,
            occasion=f"dispute:{dispute}:{status}",
            template="shares/emails/dispute",
            context={**context, "reader": member.user},
            language=member.user.language or farm.language,
            at=at,
        )


def _write(
    part: Instalment, kind: str, occasion: str, open: int, at: datetime, more: Mapping[str, Any] | None = None
) -> None:
    order = part.order
    card = SavedCard.objects.filter(household=order.household_id).first() if order.method == "card" else None
    total = order.instalments.filter(number__gt=0).count()
    context = {"part": part, "open": open, "parts": total, "card": card, "address": pay_url(order), **(more or {})}
    write_to_household(order, kind=kind, occasion=occasion, context=context | _to_bank(order), at=at)


def _to_bank(order: Order) -> dict[str, Any]:
    account = getattr(order.farm, "bank_account", None)
    return {"bank": account, "reference": bank_reference.shown(bank_reference.of_order(order))}
