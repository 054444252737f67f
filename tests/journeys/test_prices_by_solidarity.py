"""A household joins at a price it chose; others bid in a round, and each takes their share at their own price."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from people import clock
from people.models import Letter
from shares.models import Bid, Share, ShareType
from tests.factories import NOW
from tests.journeys.hands import Hands
from tests.shares.test_fund import fill

pytestmark = pytest.mark.django_db(transaction=True)


def test_someone_joins_at_a_price_they_chose(cast, page):
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=39000, suggested=70000, highest=78000)
    fill(cast, 20000)
    hands = Hands(page)
    page.goto("/f/cedar-bend-farm/join/")
    expect(page.locator("#total")).to_contain_text("€50.00 of it goes into the solidarity fund.")
    expect(page.get_by_label("Your price for the whole season")).to_be_hidden()
    hands.tick("The lowest price")
    expect(page.locator("#total")).to_contain_text("There is not enough in the solidarity fund")
    hands.tick("Another amount")
    hands.fill("Your price for the whole season", "380")
    hands.fill("Your name", "Maya Lind")
    hands.fill("Your e-mail address", "maya@example.org")
    hands.tick("Bank transfer or cash")
    hands.press("Join for the season")
    expect(page.get_by_text("“Full share” can be had for €390 to €780.").first).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Maya Lind")
    hands.fill("Your price for the whole season", "512,50")
    expect(page.locator("#total")).to_contain_text("€137.50 of the cost comes out of the solidarity fund.")
    hands.press("Join for the season")
    expect(page.get_by_role("heading", name="Your place is held")).to_be_visible()
    share = Share.objects.get()
    assert (share.cost, share.price) == (65000, 51250)
    assert hands.fields <= 10, f"{hands.fields} fields"


def test_households_bid_the_farmer_settles_and_one_takes_its_share(cast, page, new_page, sign_in):
    desk = Hands(sign_in(new_page(), cast.fern))
    desk.page.goto("/f/cedar-bend-farm/desk/bidding/")
    desk.tick("Full share")
    desk.fill("Budget", "1700")
    desk.page.get_by_label("Bids until").fill((NOW + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M"))
    desk.press("Open the round")
    expect(desk.page.get_by_text("The round is open.")).to_be_visible()

    hands = Hands(page)
    page.goto("/f/cedar-bend-farm/")
    hands.follow("Bid")
    for name, amounts in (("ada", ("500", "", "")), ("bo", ("550", "", "")), ("cy", ("600", "650", "700"))):
        page.goto("/f/cedar-bend-farm/bid/")
        for label, amount in zip(("Gladly", "Possible", "At the very most"), amounts, strict=True):
            page.get_by_label(re.compile(f"^{label}")).fill(amount)
        page.get_by_label("Your name").fill(name.title())
        page.get_by_label("Your e-mail address").fill(f"{name}@example.org")
        page.get_by_role("button", name="Bid").click()
        expect(page.get_by_text("Your bid is in.").first).to_be_visible()

    desk.page.reload()
    expect(desk.page.get_by_text("€1,650")).to_be_visible()
    desk.page.get_by_role("button", name="Close and settle now").click()
    desk.page.locator("dialog .sure").click()
    expect(desk.page.get_by_text("The budget is covered. Everybody has a letter with their own price.")).to_be_visible()
    assert sorted(Bid.objects.values_list("price", flat=True)) == [50000, 55000, 65000]

    text = Letter.objects.get(kind="bid_settled", to_email="cy@example.org").text
    page.goto(re.search(r"/f/cedar-bend-farm/bid/\S+", text)[0])
    expect(page.get_by_text("€650.00")).to_be_visible()
    hands.follow("Take my share")
    hands.tick("Bank transfer or cash")
    hands.press("Join for the season")
    expect(page.get_by_role("heading", name="Your place is held")).to_be_visible()
    share = Share.objects.get()
    assert (share.cost, share.price, share.order.ordered_at) == (65000, 65000, clock.now())
