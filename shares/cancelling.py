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
from shares import fund, invoices, ledger, letters, places, refunds
from shares.deferred import nth_part
from shares.models import Account, Cancellation, Order, Refund, Share, ShareType
from shares.prices import part_of


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


@dataclass(frozen=True)
class Terms:
    """What cancelling comes to, in minor units: `worth` was to be paid for the pickups left, `given` of it stays in the
    solidarity fund, the farm keeps `kept`, and the household gets `returned`: first what it still owes is taken off
    (`written_off`), the rest goes back: `by_card`, and the rest of that as credit, by hand."""

    left: int
    pickups: int
    worth: int
    given: int
    kept: int
    returned: int
    written_off: int
    by_card: int

    @property
    def by_hand(self) -> int:
        return self.returned - self.written_off - self.by_card


def may_cancel(season: Season, *, at: datetime) -> bool:
    """Whether households may cancel their shares of this season themselves at this moment."""
    return season.cancel_until is not None and local_day(at, season.farm.zone) <= season.cancel_until


def kept_by_rule(season: Season, worth: int) -> int:
    """What the farm keeps of so much by its rule: a part of it and a fixed amount, no more than all."""
    return min(worth, part_of(worth, left=season.cancel_percent, full=100) + season.cancel_fee)


def terms(share: Share, standing: Standing, *, keeps: int | None = None) -> Terms:
    """What cancelling a share comes to: the arithmetic of the preview and of the act alike. `keeps`: what the farm
    keeps, where it says so itself. Raises CannotCancel when that is more than there is."""
    back, worth = _back(share, standing), _worth(share.price, standing.left, share.pickups)
    kept = min(back, kept_by_rule(share.order.season, worth)) if keeps is None else keeps
    if not 0 <= kept <= back:
        raise CannotCancel(_("The farm cannot keep more than the pickups left are worth."))
    returned = back - kept
    owed = ledger.owed(share.order)
    written_off = min(returned, max(0, owed))
    by_card = min(returned - written_off, _on_cards(share.order))
    return Terms(
        left=len(standing.left),
        pickups=share.pickups,
        worth=worth,
        given=worth - back,
        kept=kept,
        returned=returned,
        written_off=written_off,
        by_card=by_card - by_card % step_of(share.order.currency),  # the rest stays as credit
    )


def cancel(
    share: Share,
    standing: Standing,
    *,
    keeps: int | None,
    because: str,
    by: User | None,
    at: datetime,
    changed: bool = False,
) -> Cancellation:
    """Cancel a share; once, whoever comes first: the same cancellation again. In the transaction that holds the
    household's row and read how the share stands. `changed`: another share takes its place, so what goes back stays as
    credit for that, and no letter of this. Raises CannotCancel."""
    with transaction.atomic():
        Order.objects.filter(pk=share.order_id).update(held_until=F("held_until"))
        known = Cancellation.objects.filter(share=share).first()
        if known:
            return known
        settled = Share.objects.in_force().filter(pk=share.pk)
        agreed = terms(share, standing, keeps=keeps)
        if not settled.update(cancelled_at=at, last_week=standing.last_week):
            raise CannotCancel(_("This share is not in force."))
        _post(share, standing, agreed, at)
        fund.receive(share.order, at=at)
        invoices.credit_what_was_reduced(share.order, because=because, at=at)
        places.give_back(share.order.season, standing.places)
        facts = {name: getattr(agreed, name) for name in ("left", "pickups", "worth", "kept", "returned")}
        cancellation = Cancellation.objects.create(share=share, because=because, at=at, by=by, **facts)
        if not changed:
            letters.write_cancellation(cancellation, agreed, at=at)
            refunds.return_overpaid(share.order, reason=Refund.Reason.CANCELLED, by=by, at=at, most=agreed.by_card)
    return cancellation


def _post(share: Share, standing: Standing, agreed: Terms, at: datetime) -> None:
    """What is not delivered any more is owed no more; what was collected ahead of its week is delivered."""
    moves: Counter[Account] = Counter({Account.OWED: agreed.kept, Account.KEPT: -agreed.kept})
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
