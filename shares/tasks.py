"""The sweeps of shares: find what is due and do it, harmless twice."""

from __future__ import annotations

from celery import shared_task

from people.tasks import moment
from shares.books import audit, deferred
from shares.buying import gifts, renewals, waiting_list
from shares.in_parts import held_places
from shares.money import charging
from shares.paying import news, parts, payments, reconciling
from shares.transfers import bank


@shared_task(ignore_result=True)
def release_lapsed_holds(at: str | None = None) -> int:
    """Places held past their time are free again."""
    return payments.release_lapsed_holds(at=moment(at))


@shared_task(ignore_result=True)
def reconcile_payments(at: str | None = None) -> int:
    """What was paid and not told is settled; refunds leave."""
    return payments.reconcile_payments(at=moment(at))


@shared_task(ignore_result=True)
def post_deliveries(at: str | None = None) -> int:
    """What past pickup days delivered is income; how many postings."""
    return deferred.post_deliveries(at=moment(at))


@shared_task(ignore_result=True)
def audit_books(at: str | None = None) -> int:
    """Every farm's books are looked at; how many differences were found."""
    return audit.audit_all(at=moment(at))


@shared_task(ignore_result=True)
def hear_what_was_missed(at: str | None = None) -> int:
    """Events of the provider that no webhook brought are heard; how many."""
    return news.hear_what_was_missed(at=moment(at))


@shared_task(ignore_result=True)
def reconcile_books(at: str | None = None) -> int:
    """Books are compared with the provider's list: those asked for, and each farm's once a day; how many."""
    return reconciling.reconcile_all(at=moment(at))


@shared_task(ignore_result=True)
def take_due_parts(at: str | None = None) -> int:
    """Parts that are due are told of, charged, tried again."""
    return charging.take_due(at=moment(at))


@shared_task(ignore_result=True)
def offer_places(at: str | None = None) -> int:
    """Offers that expired pass on, free places are offered to those who wait; how many offers."""
    return waiting_list.offer_places(at=moment(at))


@shared_task(ignore_result=True)
def tell_recipients(at: str | None = None) -> int:
    """Who was given a share is told on the day the giver chose; how many."""
    return gifts.tell_recipients(at=moment(at))


@shared_task(ignore_result=True)
def write_renewals(at: str | None = None) -> int:
    """Households of a season are told when the next one is theirs first, and before it is everybody's; how many."""
    return renewals.write_reminders(at=moment(at))


@shared_task(ignore_result=True)
def write_place_letters(at: str | None = None) -> int:
    """Whose reserved place goes back on sale soon, unpaid, is told; how many letters."""
    return held_places.write_place_letters(at=moment(at))


@shared_task(ignore_result=True)
def lapse_parts(at: str | None = None) -> int:
    """Co-holders' parts that did not come in time: the household is told; how many."""
    return parts.lapse_parts(at=moment(at))


@shared_task(ignore_result=True)
def forget_statements(at: str | None = None) -> int:
    """Bank statement files that have done their work are not kept; how many went."""
    return bank.forget_files(at=moment(at))
