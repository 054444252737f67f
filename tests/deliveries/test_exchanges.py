"""A share is changed for another type mid-season: the difference of the pickups left is paid, or goes back."""

from __future__ import annotations

import re
import uuid

import pytest

from deliveries.changing import exchanges
from deliveries.due import rosters
from farms.models import SeasonSite
from people.models import Letter
from shares.books import ledger
from shares.models import Order, Refund, Share, ShareType
from shares.prices.refusals import PriceOutOfRange, SoldOut
from shares.solidarity import fund
from tests.deliveries.test_leaving import before, day_of, share_of
from tests.factories import NOW
from tests.shares.test_fund import fill
from tests.shares.test_refunds import paid_by_card


def change(cast, share, kind, at, token=None, **facts):
    told = {"token": token or uuid.uuid4(), "language": "en", "by": cast.sam, "at": at, **facts}
    return exchanges.exchange(share=share, kind=kind, **told)


def taken(cast):
    room = SeasonSite.objects.get(season=cast.season, site=cast.market)
    return [ShareType.objects.get(pk=kind.pk).taken for kind in (cast.full, cast.half)] + [room.taken_a]


def test_a_bigger_share_from_the_next_open_pickup_on(cast):
    share = share_of(cast, cast.half)
    told = exchanges.preview(share, kind=cast.full, at=before(cast, 4))
    assert (told.left, told.worth, told.new.left, told.new.price, told.difference) == (22, 33000, 22, 57200, 24200)
    order = change(cast, share, cast.full, before(cast, 4))
    assert (ledger.owed(order), ledger.owed(share.order), taken(cast)) == (24200, 0, [1, 0, 1])
    due = [[row.share_type for row in rosters.expected([day_of(cast, week)]).rows] for week in (1, 3, 4, 25)]
    assert due == [[cast.half.pk], [cast.half.pk], [cast.full.pk], [cast.full.pk]]
    letter = Letter.objects.get(kind="exchange")
    assert "Still to pay: €242.00" in letter.text
    assert Letter.objects.filter(kind="cancellation").count() == 0


def test_a_smaller_share_gives_the_difference_back(cast, stripe, django_capture_on_commit_callbacks):
    payment = paid_by_card(cast, stripe)
    share = payment.order.shares.select_related("order__season__farm", "order__household", "share_type").get()
    with django_capture_on_commit_callbacks(execute=True):
        order = change(cast, share, cast.half, before(cast, 4))
    refund = Refund.objects.get()
    assert (refund.amount, refund.accepted_at is not None) == (24200, True)
    assert (ledger.owed(order), ledger.owed(payment.order)) == (0, 0)


def test_two_clicks_change_it_once(cast):
    share, token = share_of(cast, cast.half), uuid.uuid4()
    first, second = (change(cast, share, cast.full, NOW, token) for _n in range(2))
    assert (first, Order.objects.count(), taken(cast)) == (second, 2, [1, 0, 1])
    with pytest.raises(exchanges.CannotExchange):
        change(cast, Share.objects.get(pk=share.pk), cast.full, NOW)


def test_sold_out_changes_nothing(cast):
    share = share_of(cast, cast.half)
    ShareType.objects.filter(pk=cast.full.pk).update(places=0)
    with pytest.raises(SoldOut):
        change(cast, share, cast.full, NOW)
    share.refresh_from_db()
    assert (share.cancelled_at, taken(cast), ledger.owed(share.order)) == (None, [0, 1, 1], 0)


def test_a_full_site_has_room_for_who_is_there_already(cast):
    share = share_of(cast, cast.half)
    SeasonSite.objects.filter(season=cast.season, site=cast.market).update(capacity=1)
    change(cast, share, cast.full, NOW)
    assert taken(cast) == [1, 0, 1]


@pytest.mark.parametrize(
    ("pay", "price", "fund_after"),
    [("", 57200, 30000), ("lowest", 34320, 30000 - 22880), ("suggested", 61600, 30000)],
)
def test_the_price_of_the_new_share_may_be_chosen_and_the_fund_moves_with_it(
    cast, as_sam, clock, pay, price, fund_after
):
    """A half share for a full one, 22 of 25 pickups left: 650.00 the season, 390.00 at the least, 700.00 suggested."""
    share = share_of(cast, cast.half)
    fill(cast, 30000)
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=39000, suggested=70000, highest=78000)
    clock(before(cast, 4))
    page, kind = f"/my/share/{share.pk}/change/", {"kind": str(cast.full.pk)}
    chosen = {f"price{cast.full.pk}-pay": pay, f"price{cast.full.pk}-amount": ""} if pay else {}
    first = as_sam.post(page, kind | {"show": ""})
    assert ("What would you like to pay?" in first.content.decode(), 'value="cost"' in first.content.decode()) == (
        True, True,
    )  # fmt: skip
    if pay:  # what was shown was another price: it is shown again, not done
        as_sam.post(page, kind | chosen | {"change": ""} | hidden_of(first))
        assert Order.objects.filter(donation=0).count() == 1
    shown = as_sam.post(page, kind | chosen | {"show": ""})
    assert ("of the cost comes out of the solidarity fund" in shown.content.decode()) is (pay == "lowest")
    assert ("of it goes into the solidarity fund" in shown.content.decode()) is (pay == "suggested")
    assert as_sam.post(page, kind | chosen | {"change": ""} | hidden_of(shown)).status_code == 302
    new = Share.objects.get(share_type=cast.full)
    assert (new.cost, new.price, ledger.owed(new.order)) == (57200, price, price - 33000 if price > 33000 else 1320)
    assert (fund.look_at_fund(cast.farm).balance, fund.in_balance(cast.farm)) == (fund_after, True)
    assert Letter.objects.filter(kind="exchange").count() == 1


def hidden_of(answer):
    return dict(re.findall(r'name="(token|shown)" value="([^"]*)"', answer.content.decode()))


@pytest.mark.parametrize(("pay", "amount"), [("own", "389.99"), ("own", "-1"), ("own", ""), ("free", "")])
def test_a_price_below_the_floor_changes_nothing(cast, as_sam, clock, pay, amount):
    share = share_of(cast, cast.half)
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=39000, suggested=70000, highest=78000)
    page, kind = f"/my/share/{share.pk}/change/", {"kind": str(cast.full.pk)}
    chosen = {f"price{cast.full.pk}-pay": pay, f"price{cast.full.pk}-amount": amount}
    shown = as_sam.post(page, kind | chosen | {"show": ""})
    answer = as_sam.post(page, kind | chosen | {"change": ""} | hidden_of(shown))
    assert (answer.status_code, 'class="error"' in answer.content.decode(), Order.objects.count()) == (422, True, 1)
    with pytest.raises(PriceOutOfRange):
        change(cast, Share.objects.get(pk=share.pk), ShareType.objects.get(pk=cast.full.pk), NOW, chosen=38999)
    assert Share.objects.get().cancelled_at is None


def test_a_price_that_the_fund_cannot_meet_leaves_the_old_share_as_it_is(cast, as_sam):
    share = share_of(cast, cast.half)
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=39000, suggested=70000, highest=78000)
    page, kind = f"/my/share/{share.pk}/change/", {"kind": str(cast.full.pk)}
    chosen = {f"price{cast.full.pk}-pay": "lowest", f"price{cast.full.pk}-amount": ""}
    shown = as_sam.post(page, kind | chosen | {"show": ""})
    answer = as_sam.post(page, kind | chosen | {"change": ""} | hidden_of(shown))
    assert "The solidarity fund cannot meet this price just now. Nothing was bought." in answer.content.decode()
    assert (answer.status_code, Share.objects.get().cancelled_at, taken(cast)) == (422, None, [0, 1, 1])


def test_the_page_shows_the_difference_then_does_it(cast, as_sam):
    share = share_of(cast, cast.half)
    page = f"/my/share/{share.pk}/change/"
    assert f'href="{page}"' in as_sam.get("/my/share/").content.decode()
    assert "€275.00" in as_sam.get(page).content.decode()
    assert as_sam.post(page, {"show": ""}).status_code == 422
    shown = as_sam.post(page, {"show": "", "kind": str(cast.full.pk)}).content.decode()
    for words in ("€650.00", "€375.00", "Still to pay"):
        assert words in shown
    hidden = dict(re.findall(r'name="(token|shown)" value="([^"]*)"', shown))
    done = as_sam.post(page, {"change": "", "kind": str(cast.full.pk)} | hidden)
    assert (done.status_code, Order.objects.count()) == (302, 2)
    assert as_sam.get(page).status_code == 404
