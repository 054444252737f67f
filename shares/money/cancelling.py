"""A share is given up before its time: its places are free, and what it was still to get is given back, less what the
farm keeps by its rule for the season."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from farms.models import Season
from people.currencies import step_of
from people.formats import local_day
from people.models import User
from shares import letters
from shares.books import invoices, ledger
from shares.books.deferred import nth_part
from shares.models import Account, Cancellation, Order, Refund, Share, ShareType
from shares.money import refunds
from shares.prices import places
from shares.prices.prices import part_of
from shares.solidarity import fund


class CannotCancel(ValueError):
    """The share cannot be cancelled as asked; the words say why. Nothing was changed."""


@dataclass(frozen=True)
class Standing:
    """How a share stands: which of its pickups (each by its place among them, from 1) are `left` to be given
    back, and which were collected `ahead` of their week; `last_week` is the last one whose pickup is still its own;
    `places` it holds (type, site's id, turn)."""

    left: tuple[int, ...]
    ahead: tuple[int, ...]
    last_week: int
    places: tuple[tuple[ShareType, int, str], ...]


Leaving = Sequence[tuple[Share, Standing]]
"""Shares of one order that are given up together, each as it stands."""


@dataclass(frozen=True)
class ShareTerms:
    """What giving up one share comes to, in minor units: `worth` was to be paid for its pickups left, `back` of it
    would be the household's if the farm kept nothing, the farm keeps `kept`."""

    share: Share
    standing: Standing
    worth: int
    back: int
    kept: int

    @property
    def left(self) -> int:
        return len(self.standing.left)

    @property
    def returned(self) -> int:
        return self.back - self.kept


@dataclass(frozen=True)
class Terms:
    """What cancelling comes to, in minor units: of what the pickups left are worth, `given` stays in the solidarity
    fund, the farm keeps `kept`, and the household gets `returned`: first what it still owes is taken off
    (`written_off`), the rest goes back: `by_card`, and the rest of that as credit, by hand."""

    shares: tuple[ShareTerms, ...]
    written_off: int
    by_card: int

    @property
    def left(self) -> int:
        return sum(one.left for one in self.shares)

    @property
    def pickups(self) -> int:
        return sum(one.share.pickups for one in self.shares)

    @property
    def worth(self) -> int:
        return sum(one.worth for one in self.shares)

    @property
    def given(self) -> int:
        return sum(one.worth - one.back for one in self.shares)

    @property
    def kept(self) -> int:
        return sum(one.kept for one in self.shares)

    @property
    def returned(self) -> int:
        return sum(one.returned for one in self.shares)

    @property
    def by_hand(self) -> int:
        return self.returned - self.written_off - self.by_card


def may_cancel(season: Season, *, at: datetime) -> bool:
    """Whether households may cancel their shares of this season themselves at this moment."""
    return season.cancel_until is not None and local_day(at, season.farm.zone) <= season.cancel_until


def kept_by_rule(season: Season, worth: int) -> int:
    """What the farm keeps of so much by its rule: a part of it and a fixed amount, no more than all."""
    return min(worth, part_of(worth, left=season.cancel_percent, full=100) + season.cancel_fee)


def least_worth(told: Terms) -> int:
    """What the pickups left are worth at the least: at the lowest price that the farm offers, which everybody knows."""
    least = 0
    for one in told.shares:
        kind, share = one.share.share_type, one.share
        lowest = share.cost * (kind.lowest or 0) // kind.price if kind.price else 0
        least += lowest * one.left // share.pickups if share.pickups else 0
    return least


def terms(leaving: Leaving, *, keeps: int | None = None) -> Terms:
    """What cancelling these shares comes to: the arithmetic of the preview and of the act alike. `keeps`: what the farm
    keeps of all of them, where it says so itself. Raises CannotCancel when that is more than there is."""
    order = leaving[0][0].order
    by_share = _by_share(leaving, keeps)
    returned = sum(one.returned for one in by_share)
    written_off = min(returned, max(0, ledger.owed(order)))
    by_card = min(returned - written_off, _on_cards(order))
    by_card -= by_card % step_of(order.currency)  # the rest stays as credit
    return Terms(tuple(by_share), written_off, by_card)


def _by_share(leaving: Leaving, keeps: int | None) -> list[ShareTerms]:
    """Each share by the farm's rule; or, where it says what it `keeps`, that taken from one share after the other."""
    by_share, rest = [], keeps
    for share, standing in leaving:
        back, worth = _back(share, standing), _worth(share.price, standing.left, share.pickups)
        kept = min(back, kept_by_rule(share.order.season, worth) if rest is None else max(0, rest))
        by_share.append(ShareTerms(share, standing, worth, back, kept))
        rest = None if rest is None else rest - kept
    if keeps is not None and (keeps < 0 or rest):
        raise CannotCancel(_("The farm cannot keep more than the pickups left are worth."))
    return by_share


def cancel(
    leaving: Leaving,
    *,
    keeps: int | None,
    because: str,
    by: User | None,
    at: datetime,
    changed: bool = False,
) -> list[Cancellation]:
    """Cancel these shares of an order; once, whoever comes first: the same cancellations again. In the transaction that
    holds the household's row and read how they stand. `changed`: another share takes their place, so what goes back
    stays as credit for that, and no letter of this. Raises CannotCancel."""
    order = leaving[0][0].order
    with transaction.atomic():
        Order.objects.filter(pk=order.pk).update(held_until=F("held_until"))
        known = list(Cancellation.objects.filter(share__in=[share for share, _standing in leaving]).order_by("share"))
        if known:
            return known
        agreed = terms(leaving, keeps=keeps)
        done = [_give_up(one, because, by, at) for one in agreed.shares]
        fund.receive(order, at=at)
        invoices.credit_what_was_reduced(order, because=because, at=at)
        places.give_back(order.season, [place for one in agreed.shares for place in one.standing.places])
        if not changed:
            letters.write_cancellation(order, done, agreed, at=at)
            refunds.return_overpaid(order, reason=Refund.Reason.CANCELLED, by=by, at=at, most=agreed.by_card)
    return done


def _give_up(one: ShareTerms, because: str, by: User | None, at: datetime) -> Cancellation:
    share, facts = one.share, {"cancelled_at": at, "last_week": one.standing.last_week}
    if not Share.objects.in_force().filter(pk=share.pk).update(**facts):
        raise CannotCancel(_("This share is not in force."))
    share.cancelled_at, share.last_week = at, one.standing.last_week
    _post(one, at)
    return Cancellation.objects.create(
        share=share, left=one.left, pickups=share.pickups, worth=one.worth, kept=one.kept, returned=one.returned,
        because=because, at=at, by=by,
    )  # fmt: skip


def _post(one: ShareTerms, at: datetime) -> None:
    """What is not delivered any more is owed no more; what was collected ahead of its week is delivered."""
    share, standing = one.share, one.standing
    moves: Counter[Account] = Counter({Account.OWED: one.kept, Account.KEPT: -one.kept})
    for left, already in _runs(share, standing.left):
        moves.update(fund.give_back(share, left=left, already=already, at=at).moves)
    ledger.post(order=share.order, key=f"cancel:{share.pk}", kind="cancellation", moves=moves, at=at)
    if ahead := _worth(share.cost, standing.ahead, share.pickups):
        moves_of_ahead = {Account.SHARES: ahead, Account.INCOME: -ahead}
        ledger.post(order=share.order, key=f"ahead:{share.pk}", kind="delivery", moves=moves_of_ahead, at=at)


def _back(share: Share, standing: Standing) -> int:
    """What the household would get of the pickups left if the farm kept nothing."""
    runs = _runs(share, standing.left)
    return sum(fund.what_goes_back(share, left=left, already=already).owed for left, already in runs)


def _runs(share: Share, places: Sequence[int]) -> list[tuple[int, int]]:
    """Pickups that follow each other, as (how many, how many come after them)."""
    runs: list[tuple[int, int]] = []
    for nth in sorted(places, reverse=True):
        after = share.pickups - nth
        if runs and sum(runs[-1]) == after:
            runs[-1] = (runs[-1][0] + 1, runs[-1][1])
        else:
            runs.append((1, after))
    return runs


def _worth(amount: int, places: Sequence[int], full: int) -> int:
    return sum(nth_part(amount, nth=nth, pickups=full) for nth in places)


def _on_cards(order: Order) -> int:
    """What of an order's payments could still go back to the cards they came from."""
    came = order.payments.exclude(succeeded_at=None).exclude(provider_object=None)
    return sum(payment.amount - payment.refunded for payment in came)
