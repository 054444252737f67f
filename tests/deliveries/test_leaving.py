"""A share is given up before its time: what is collected stays, what is not goes back, less what the farm keeps."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.db.models import Sum

from deliveries.changing import changes, leaving
from deliveries.due import rosters
from deliveries.models import Change
from farms.models import PickupDay, Season, SeasonSite
from people.models import Letter
from shares.books import deferred, ledger
from shares.buying.purchases import release_lapsed, start_purchase
from shares.models import Account, Cancellation, LedgerEntry, Refund, ShareType
from shares.money import cancelling, credits
from shares.money.settling import record_by_hand
from shares.prices.quotes import Line
from tests.factories import NOW
from tests.shares.test_purchase_races import all_at_once
from tests.shares.test_refunds import books, paid_by_card

at_once = pytest.mark.django_db(transaction=True)


def day_of(cast, week, site=None):
    return PickupDay.objects.select_related("week").get(
        week__season=cast.season, week__number=week, site=site or cast.market
    )


def before(cast, week):
    """A moment at which the weeks before this one are past changing, this one is not."""
    return day_of(cast, week).deadline_at - timedelta(minutes=1)


def share_of(cast, kind=None, paid=True, turn=""):
    kind = kind or cast.full
    order = start_purchase(
        household=cast.sams, season=cast.season, lines=[Line(kind, cast.market, turn)], method="offline",
        token=uuid.uuid4(), language="en", by=cast.sam, at=NOW,
    )  # fmt: skip
    if paid:
        amount = ledger.owed(order)
        record_by_hand(order=order, method="cash", amount=amount, note="", token=uuid.uuid4(), by=None, at=NOW)
    return order.shares.select_related("order__season__farm", "share_type").get()


def cancel(cast, share, at, **facts):
    return leaving.cancel_share(share=share, by=cast.sam, at=at, **facts)


def rule(cast, **facts):
    Season.objects.filter(pk=cast.season.pk).update(**facts)


def taken(cast):
    kind, room = ShareType.objects.get(pk=cast.full.pk), SeasonSite.objects.get(season=cast.season, site=cast.market)
    return kind.taken, room.taken_a, room.taken_b


def test_before_the_season_all_of_it_goes_back_and_the_place_is_free(cast):
    share = share_of(cast)
    assert taken(cast) == (1, 1, 1)
    done = cancel(cast, share, NOW)
    assert (done.left, done.worth, done.kept, done.returned) == (25, 65000, 0, 65000)
    assert taken(cast) == (0, 0, 0)
    share.refresh_from_db()
    assert (share.cancelled_at, share.last_week) == (NOW, 0)
    assert books(share.order) == {"cash": 65000, "owed": -65000}
    assert rosters.expected([day_of(cast, 1)]).rows == ()


def test_pickups_past_their_deadline_stay_and_the_rest_goes_back(cast):
    share = share_of(cast)
    done = cancel(cast, share, before(cast, 4))
    assert (done.left, done.worth, done.returned) == (22, 57200, 57200)
    due = [[row.share for row in rosters.expected([day_of(cast, week)]).rows] for week in (1, 3, 4, 25)]
    assert due == [[share.pk], [share.pk], [], []]


def test_the_deadline_itself_is_too_late_for_that_week(cast):
    share = share_of(cast)
    assert leaving.preview(share, at=day_of(cast, 4).deadline_at - timedelta(seconds=1)).left == 22
    assert leaving.preview(share, at=day_of(cast, 4).deadline_at).left == 21


@pytest.mark.parametrize(
    ("percent", "fee", "kept"), [(0, 0, 0), (10, 0, 5720), (10, 2000, 7720), (100, 500, 57200), (33, 0, 18876)]
)
def test_the_farm_keeps_what_its_rule_says(cast, percent, fee, kept):
    share = share_of(cast)
    rule(cast, cancel_percent=percent, cancel_fee=fee)
    share.order.season.refresh_from_db()
    told = leaving.preview(share, at=before(cast, 4))
    done = cancel(cast, share, before(cast, 4))
    assert (told.kept, told.returned) == (done.kept, done.returned) == (kept, 57200 - kept)
    assert ledger.balance(share.order, Account.KEPT) == -kept
    assert ledger.owed(share.order) == kept - 57200


def test_the_farm_may_keep_less_or_more_than_its_rule_but_not_more_than_there_is(cast):
    share = share_of(cast)
    assert leaving.preview(share, keeps=57200, at=before(cast, 4)).returned == 0
    for keeps in (-1, 57201):
        with pytest.raises(cancelling.CannotCancel):
            cancel(cast, share, before(cast, 4), keeps=keeps)
    assert Cancellation.objects.count() == 0


def test_delivered_credited_and_returned_sum_to_what_the_share_cost(cast):
    ShareType.objects.filter(pk=cast.full.pk).update(price=65007)
    cast.full.refresh_from_db()
    share = share_of(cast)
    given = [credits.credit_for_pickup(share=share, day=day_of(cast, week), at=NOW) for week in (2, 9)]
    assert given == [2601, 2601] == [credits.credit_for_pickup(share=share, day=day_of(cast, 2), at=NOW), given[1]]
    done = cancel(cast, share, before(cast, 7))
    assert done.left == 18
    deferred.post_deliveries_of(cast.farm, at=day_of(cast, 8).ends_at)
    entries = LedgerEntry.objects.filter(posting__farm=cast.farm)
    sums = dict(entries.values_list("account").annotate(Sum("amount")).order_by())
    assert (sums["shares"], sums["owed"]) == (0, -sum(given) - done.returned)
    assert -sums["income"] == 65007 - sum(given) - done.worth


def test_a_turn_collected_ahead_of_its_week_is_not_given_back(cast):
    share = share_of(cast)
    told = {"household": cast.sams, "by": cast.sam}
    changes.move(day=day_of(cast, 10), to_day=day_of(cast, 2), at=NOW, **told)
    changes.move(day=day_of(cast, 11), to_day=day_of(cast, 12), at=NOW, **told)
    done = cancel(cast, share, before(cast, 4))
    assert done.left == 21
    assert PickupDay.objects.get(pk=day_of(cast, 12).pk).moved_in == 0
    assert Change.objects.standing().count() == 1
    due = [len(rosters.expected([day_of(cast, week)]).rows) for week in (1, 2, 3, 4, 10, 11, 12)]
    assert due == [1, 2, 1, 0, 0, 0, 0]
    deferred.post_deliveries_of(cast.farm, at=day_of(cast, 8).ends_at)
    entries = LedgerEntry.objects.filter(posting__farm=cast.farm, account="shares")
    assert entries.aggregate(Sum("amount"))["amount__sum"] == 0


def test_what_came_by_card_goes_back_to_the_card(cast, stripe, django_capture_on_commit_callbacks):
    payment = paid_by_card(cast, stripe)
    share = payment.order.shares.select_related("order__season__farm", "share_type").get()
    told = leaving.preview(share, at=before(cast, 4))
    with django_capture_on_commit_callbacks(execute=True):
        cancel(cast, share, before(cast, 4), because="We move away")
    assert (told.by_card, told.by_hand) == (57200, 0)
    refund = Refund.objects.get()
    assert (refund.amount, refund.reduced, refund.reason) == (57200, 0, "cancelled")
    assert refund.accepted_at is not None
    assert ledger.owed(payment.order) == 0
    letter = Letter.objects.get(kind="cancellation")
    for words in ("“Full share” (Summer 2027) is cancelled.", "Why: We move away", "22 of 25 pickups are left: €572.00",
                  "Goes back to your card: €572.00", "Pickups whose deadline has passed are still yours."):  # fmt: skip
        assert words in letter.text


def test_what_is_still_owed_is_written_off_first(cast):
    share = share_of(cast, paid=False)
    record_by_hand(
        order=share.order, method="cash", amount=20000, note="", token=uuid.uuid4(), by=None, at=NOW
    )  # fmt: skip
    share.order.settled_at = NOW
    share.order.save()
    told = leaving.preview(share, at=before(cast, 4))
    assert (told.returned, told.written_off, told.by_hand) == (57200, 45000, 12200)
    cancel(cast, share, before(cast, 4))
    assert ledger.owed(share.order) == -12200


def test_a_share_that_is_not_in_force_cannot_be_cancelled(cast):
    share = share_of(cast, paid=False)
    with pytest.raises(cancelling.CannotCancel):
        cancel(cast, share, NOW)
    assert taken(cast) == (1, 1, 1)


@at_once
def test_cancelled_by_six_hands_at_once_it_is_cancelled_once(cast):
    share = share_of(cast)
    results = all_at_once(lambda n: cancel(cast, share, NOW), 6)
    assert {getattr(result, "pk", result) for result in results} == {Cancellation.objects.get().pk}
    assert (taken(cast), books(share.order)) == ((0, 0, 0), {"cash": 65000, "owed": -65000})


def test_credit_pays_what_is_bought_next(cast):
    share = share_of(cast)
    credits.credit_for_pickup(share=share, day=day_of(cast, 3), at=NOW)
    assert credits.credit_of(cast.sams) == 2600
    eggs = share_of(cast, cast.eggs, paid=False, turn="A").order
    assert credits.use_credit(eggs, at=NOW) == 0  # it was used with the order
    assert (ledger.owed(eggs), ledger.owed(share.order), credits.credit_of(cast.sams)) == (4900, 0, 0)
    assert LedgerEntry.objects.filter(account="credit").aggregate(Sum("amount"))["amount__sum"] == 0


def test_a_household_may_cancel_until_the_day_the_farm_set(cast, clock):
    assert cancelling.may_cancel(cast.season, at=NOW) is False
    cast.season.cancel_until = date(2027, 6, 1)
    assert cancelling.may_cancel(cast.season, at=NOW) is True
    assert cancelling.may_cancel(cast.season, at=NOW + timedelta(hours=11, minutes=59)) is True  # 23:59 in Paris
    assert cancelling.may_cancel(cast.season, at=NOW + timedelta(hours=12)) is False


def test_credit_comes_back_when_the_order_it_paid_towards_lapses(cast):
    share = share_of(cast)
    credits.credit_for_pickup(share=share, day=day_of(cast, 3), at=NOW)
    order = share_of(cast, cast.half, paid=False).order
    assert (ledger.owed(order), credits.credit_of(cast.sams)) == (37500 - 2600, 0)
    release_lapsed(order, at=order.held_until)
    assert (ledger.owed(order), credits.credit_of(cast.sams)) == (0, 2600)


def test_a_stranger_who_types_an_address_spends_nobody_s_credit(cast, client):
    share = share_of(cast)
    credits.credit_for_pickup(share=share, day=day_of(cast, 3), at=NOW)
    order = start_purchase(
        household=cast.sams, season=cast.season, lines=[Line(cast.half, cast.market)], method="offline",
        token=uuid.uuid4(), language="en", by=None, at=NOW,
    )  # fmt: skip
    assert (ledger.owed(order), credits.credit_of(cast.sams)) == (37500, 2600)


def test_credit_of_before_stays_credit_when_a_share_is_cancelled(cast, stripe):
    payment = paid_by_card(cast, stripe)
    share = payment.order.shares.select_related("order__season__farm", "share_type").get()
    credits.credit_for_pickup(share=share, day=day_of(cast, 3), at=NOW)
    told = leaving.preview(share, at=NOW)
    cancel(cast, share, NOW)
    assert Refund.objects.get().amount == told.by_card == 65000 - 2600
    assert credits.credit_of(cast.sams) == 65000  # the refund has not left yet
