"""The pages on which a share is cancelled: by its household within the farm's rule, by the farmer at any time."""

from __future__ import annotations

import re
import uuid
from datetime import date

import pytest

from deliveries.changing import leaving
from people.models import Letter
from shares.books import ledger
from shares.buying.purchases import start_purchase
from shares.models import Account, Cancellation, Share, ShareType
from shares.money import cancelling, credits
from shares.money.settling import record_by_hand
from shares.prices.quotes import Line
from tests.deliveries.test_leaving import day_of, rule, share_of
from tests.factories import NOW
from tests.shares.test_refunds import fresh_fern

__all__ = ["fresh_fern"]


def shown(answer):
    found = re.search(r'name="shown" value="([^"]*)"', answer.content.decode())
    return {"shown": found[1] if found else ""}


def test_sam_sees_what_comes_back_and_cancels(cast, as_sam):
    share = share_of(cast)
    rule(cast, cancel_until=date(2027, 6, 30), cancel_percent=10, cancel_fee=1500)
    page = f"/my/share/{share.pk}/cancel/"
    assert f'href="{page}"' in as_sam.get("/my/share/").content.decode()
    first = as_sam.get(page)
    text = first.content.decode()
    for words in ("You may cancel until Wednesday 30 June 2027.", "The farm keeps 10 %", "25 of 25 pickups are left",
                  "€650.00", "€80.00", "€570.00", "becomes credit with the farm"):  # fmt: skip
        assert words in text
    assert Cancellation.objects.count() == 0
    done = as_sam.post(page, {"cancel": "", "because": "We move"} | shown(first))
    assert (done.status_code, done.headers["Location"]) == (302, "/my/share/?farm=cedar-bend-farm")
    cancellation = Cancellation.objects.get()
    assert (cancellation.returned, cancellation.kept, cancellation.by, cancellation.because) == (
        57000, 8000, cast.sam, "We move",
    )  # fmt: skip
    assert "This share is cancelled." in as_sam.get(page).content.decode()
    as_sam.post(page, {"cancel": ""} | shown(first))
    assert Cancellation.objects.count() == 1


@pytest.fixture
def order(cast):
    """A full share and eggs every second week, paid in cash: 650.00 and 75.00."""
    lines = [Line(cast.full, cast.market), Line(cast.eggs, cast.market, "A")]
    order = start_purchase(
        household=cast.sams, season=cast.season, lines=lines, method="offline", token=uuid.uuid4(), language="en",
        by=cast.sam, at=NOW,
    )  # fmt: skip
    record_by_hand(order=order, method="cash", amount=72500, note="", token=uuid.uuid4(), by=None, at=NOW)
    return order


def test_a_whole_order_is_cancelled_on_the_terms_that_were_shown(cast, as_sam, order):
    rule(cast, cancel_until=date(2027, 6, 30), cancel_percent=10, cancel_fee=1500)
    page = f"/my/order/{order.pk}/cancel/"
    assert f'href="{page}"' in as_sam.get("/my/share/").content.decode()
    first = as_sam.get(page)
    text = first.content.decode()
    for words in ("Full share: 25 of 25 pickups are left", "Eggs: 13 of 13 pickups are left", "€650.00", "€75.00",
                  "€102.50", "€622.50"):  # fmt: skip
        assert words in text
    assert Cancellation.objects.count() == 0
    done = as_sam.post(page, {"cancel": "", "because": "We move"} | shown(first))
    assert (done.status_code, done.headers["Location"]) == (302, "/my/share/?farm=cedar-bend-farm")
    told = Cancellation.objects.order_by("share").values_list("worth", "kept", "returned", "because")
    assert list(told) == [(65000, 8000, 57000, "We move"), (7500, 2250, 5250, "We move")]
    assert (ledger.owed(order), ledger.balance(order, Account.KEPT)) == (-62250, -10250)
    assert [kind.taken for kind in ShareType.objects.filter(pk__in=(cast.full.pk, cast.eggs.pk))] == [0, 0]
    [letter] = Letter.objects.filter(kind="cancellation")
    for words in ("Your whole order (Summer 2027) is cancelled:", "“Full share”", "“Eggs”", "Why: We move",
                  "38 of 38 pickups are left: €725.00", "Your credit with the farm: €622.50"):  # fmt: skip
        assert words in letter.text
    assert as_sam.get(page).status_code == 404
    as_sam.post(page, {"cancel": ""} | shown(first))
    assert Cancellation.objects.count() == 2


def test_what_changed_before_the_whole_order_was_cancelled_is_shown_again(cast, as_sam, order):
    rule(cast, cancel_until=date(2027, 6, 30))
    page = f"/my/order/{order.pk}/cancel/"
    first = shown(as_sam.get(page))
    leaving.cancel_share(share=order.shares.last(), by=cast.fern, at=NOW)
    assert "This has changed since it was shown" in as_sam.post(page, {"cancel": ""} | first).content.decode()
    assert Cancellation.objects.count() == 1
    with pytest.raises(cancelling.CannotCancel):  # and no more than was shown when it changes after the look
        leaving.cancel_all(shares=list(order.shares.all()), by=cast.sam, at=NOW)
    assert Cancellation.objects.count() == 1


def test_a_share_cancelled_by_another_hand_in_the_same_moment_ends_in_words(cast, as_sam, order, monkeypatch):
    rule(cast, cancel_until=date(2027, 6, 30))
    page, cancel_all = f"/my/order/{order.pk}/cancel/", leaving.cancel_all

    def after_another(*, shares, **facts):
        cancel_all(shares=shares[:1], keeps=0, by=cast.fern, at=NOW)
        return cancel_all(shares=shares, **facts)

    first = shown(as_sam.get(page))
    monkeypatch.setattr(leaving, "cancel_all", after_another)
    answer = as_sam.post(page, {"cancel": ""} | first, follow=True)
    assert "This has changed since it was shown. Look again." in answer.content.decode()
    assert (answer.status_code, Cancellation.objects.count()) == (200, 1)


def test_the_farmer_cancels_a_whole_order_and_says_what_the_farm_keeps_of_it(cast, fresh_fern, order):
    page = f"/f/cedar-bend-farm/desk/people/{cast.sams.number}/orders/{order.pk}/cancel/"
    household = f"/f/cedar-bend-farm/desk/people/{cast.sams.number}/"
    assert f'href="{page}"' in fresh_fern.get(household).content.decode()
    first = fresh_fern.post(page, {"show": "", "keeps": "700", "because": ""} | shown(fresh_fern.get(page)))
    assert "€25.00" in first.content.decode()
    fresh_fern.post(page, {"cancel": "", "keeps": "700", "because": "Moves"} | shown(first))
    kept = Cancellation.objects.order_by("share").values_list("kept", "returned")
    assert list(kept) == [(65000, 0), (5000, 2500)]
    assert ledger.owed(order) == -2500
    assert page not in fresh_fern.get(household).content.decode()


def test_what_is_above_the_cost_stays_in_the_fund_of_a_whole_order_as_of_each_share(cast, order):
    """A share less than the cost and one more: together they come to what they come to one by one."""
    shares = list(order.shares.all())
    Share.objects.filter(pk=shares[0].pk).update(price=60000)
    Share.objects.filter(pk=shares[1].pk).update(price=9000)
    shares = list(Share.objects.filter(order=order).select_related("order__season__farm", "share_type"))
    singly = [leaving.preview(share, keeps=0, at=NOW) for share in shares]
    together = leaving.preview_all(shares, keeps=0, at=NOW)
    assert (together.worth, together.given) == (69000, 1500)  # nothing of it was promised: it has been given
    assert together.returned == sum(told.returned for told in singly) == 67500


def test_what_was_not_shown_is_not_done(cast, as_sam):
    share = share_of(cast)
    rule(cast, cancel_until=date(2027, 6, 30))
    page = f"/my/share/{share.pk}/cancel/"
    first = shown(as_sam.get(page))
    rule(cast, cancel_percent=50)
    assert "This has changed since it was shown" in as_sam.post(page, {"cancel": ""} | first).content.decode()
    assert Cancellation.objects.count() == 0


@pytest.mark.parametrize("until", [None, date(2027, 5, 31)])
def test_after_the_farm_s_day_a_household_is_told_whom_to_write_to(cast, as_sam, until):
    share = share_of(cast)
    rule(cast, cancel_until=until)
    page = f"/my/share/{share.pk}/cancel/"
    assert "write to the farm" in as_sam.get(page).content.decode()
    as_sam.post(page, {"cancel": "", "shown": "25-0-65000-0"})
    assert Cancellation.objects.count() == 0


def test_the_farmer_says_what_the_farm_keeps(cast, fresh_fern):
    share = share_of(cast)
    page = f"/f/cedar-bend-farm/desk/people/{cast.sams.number}/shares/{share.pk}/cancel/"
    first = fresh_fern.get(page)
    again = fresh_fern.post(page, {"show": "", "keeps": "50", "because": ""} | shown(first))
    assert "€600.00" in again.content.decode()
    stale = fresh_fern.post(page, {"cancel": "", "keeps": "50", "because": "Moves"} | shown(first))
    assert "This has changed since it was shown" in stale.content.decode()
    fresh_fern.post(page, {"cancel": "", "keeps": "50", "because": "Moves"} | shown(again))
    assert Cancellation.objects.get().returned == 60000


def test_a_number_that_no_order_can_have_finds_none(cast, as_sam, as_fern):
    share_of(cast)
    desk = f"/f/cedar-bend-farm/desk/people/{cast.sams.number}"
    for number in (0, 2**63, 10**20):
        assert as_sam.get(f"/my/order/{number}/cancel/").status_code == 404
        assert as_fern.get(f"{desk}/orders/{number}/cancel/").status_code == 404
        assert as_fern.get(f"{desk}/shares/{number}/cancel/").status_code == 404


@pytest.mark.parametrize("keeps", ["-1", "650.01", "1e9", "x", "99999999999999999999"])
def test_the_farm_keeps_no_more_than_there_is(cast, fresh_fern, keeps):
    share = share_of(cast)
    page = f"/f/cedar-bend-farm/desk/people/{cast.sams.number}/shares/{share.pk}/cancel/"
    answer = fresh_fern.post(page, {"cancel": "", "keeps": keeps} | shown(fresh_fern.get(page)))
    assert (answer.status_code, Cancellation.objects.count()) == (422, 0)
    assert f'value="{keeps}"' in answer.content.decode()


def test_the_farmer_sets_the_rule_among_the_season_s_rules(cast, as_fern):
    page = f"/f/cedar-bend-farm/desk/seasons/{cast.season.pk}/check/"
    version = cast.season.version
    bad = {"cancel_until": "30 Feb", "cancel_percent": "101", "cancel_fee": "-1", "offer_hours": "0"}
    refused = as_fern.post(page, {"version": version} | bad).content.decode()
    assert refused.count('class="error"') >= 4
    good = {"cancel_until": "2027-06-30", "cancel_percent": "10", "cancel_fee": "15", "offer_hours": "24"}
    assert as_fern.post(page, {"version": version} | good).status_code == 302
    cast.season.refresh_from_db()
    season = cast.season
    assert (season.cancel_until, season.cancel_percent, season.cancel_fee, season.offer_hours) == (
        date(2027, 6, 30), 10, 1500, 24,
    )  # fmt: skip
    as_fern.post(page, {"version": season.version})
    season.refresh_from_db()
    assert (season.cancel_until, season.cancel_percent) == (date(2027, 6, 30), 10)


def test_who_has_credit_is_told_before_they_buy(cast, as_sam, client):
    credits.credit_for_pickup(share=share_of(cast), day=day_of(cast, 3), at=NOW)
    told = "it is taken off before you pay"
    assert told in as_sam.get("/f/cedar-bend-farm/join/").content.decode()
    assert told not in client.get("/f/cedar-bend-farm/join/").content.decode()
