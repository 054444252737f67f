"""The pages on which a share is cancelled: by its household within the farm's rule, by the farmer at any time."""

from __future__ import annotations

import re
from datetime import date

import pytest

from shares import credits
from shares.models import Cancellation
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
