"""Sam finds the farm on a phone, joins, pays by card on the payment page, and sees what comes."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from people import clock, post
from shares.buying.purchases import CARD_HOLD
from shares.models import Order, ShareType
from tests import factories
from tests.journeys.hands import Hands

pytestmark = pytest.mark.django_db(transaction=True)

PAYS, ASKS_THE_BANK, IS_DECLINED = "4242424242424242", "4000000000003220", "4000000000000002"


def test_subscriber_joins_and_pays(cast, page, till, code_sent):
    hands = Hands(page)
    page.goto("/f/cedar-bend-farm/")
    hands.screens.clear()
    fill_in(hands, email="maya@example.org")
    expect(page.locator("#total")).to_contain_text("€725.00")
    expect(page.locator("#total")).to_contain_text("Tue 8 June, 17:00–19:30")
    hands.press("Join for the season")
    pay(hands, PAYS)
    expect(page.get_by_role("heading", name="You’re in. Thank you.")).to_be_visible()
    expect(page.get_by_text("Tue 8 June, 17:00–19:30")).to_be_visible()
    assert hands.fields <= 10, f"{hands.fields} fields"
    assert len(hands.screens) - 1 <= 3, hands.screens  # the last one only says thank you

    assert letters_to("maya@example.org") == ["Receipt from Cedar Bend Farm", "Welcome to Cedar Bend Farm"]
    [receipt, _welcome] = [message for message in mail.outbox if message.to == ["maya@example.org"]]
    assert "€725.00" in receipt.body
    order = Order.objects.get()
    assert order.settled_at == clock.now()
    assert [share.share_type for share in order.shares.order_by("pk")] == [cast.full, cast.eggs]

    page.get_by_role("link", name="To my share").click()
    page.get_by_label("E-mail address").first.fill("maya@example.org")
    page.get_by_role("button", name=re.compile("code", re.I)).first.click()
    expect(page.get_by_label("Code")).to_be_visible()
    page.get_by_label("Code").fill(code_sent("maya@example.org"))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Tue 8 June, 17:00–19:30")).to_be_visible()
    expect(page.get_by_text("Tuesday Market").first).to_be_visible()
    expect(page.get_by_text("Full share")).to_be_visible()
    expect(page.locator(".ribbon .week")).to_have_count(25)


def test_a_bank_that_asks_first_is_answered(cast, page, till):
    hands = Hands(page)
    page.goto("/f/cedar-bend-farm/join/")
    fill_in(hands, email="maya@example.org", from_farm_page=False)
    hands.press("Join for the season")
    pay(hands, ASKS_THE_BANK)
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    assert not Order.objects.exclude(settled_at=None).exists()
    hands.press("Complete")
    expect(page.get_by_role("heading", name="You’re in. Thank you.")).to_be_visible()
    assert Order.objects.get().settled_at == clock.now()


def test_a_declined_card_is_told_and_another_one_pays_once(cast, page, till):
    hands = Hands(page)
    page.goto("/f/cedar-bend-farm/join/")
    fill_in(hands, email="maya@example.org", from_farm_page=False)
    hands.press("Join for the season")
    pay(hands, IS_DECLINED)
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    expect(page.get_by_label("Name on card")).to_have_value("Maya Lind")
    page.get_by_role("link", name="Back without paying").click()
    expect(page.get_by_role("heading", name="The payment is not confirmed yet")).to_be_visible()
    hands.press("Go to the payment page")
    pay(hands, PAYS)
    expect(page.get_by_role("heading", name="You’re in. Thank you.")).to_be_visible()
    order = Order.objects.get()
    assert order.settled_at == clock.now()
    assert order.payments.count() == 1
    assert ShareType.objects.get(pk=cast.full.pk).taken == 1


def test_sold_out_while_they_type_is_a_kind_message_and_nothing_is_lost(cast, page, till):
    ShareType.objects.filter(pk=cast.full.pk).update(places=1)
    hands = Hands(page)
    page.goto("/f/cedar-bend-farm/join/")
    fill_in(hands, email="maya@example.org", from_farm_page=False)
    someone = factories.make_household(cast.farm, "Faster")
    factories.make_share(someone, cast.full)
    hands.press("Join for the season")
    expect(
        page.get_by_text("The last place of “Full share” has just gone. “Half share” has 100 left.").first
    ).to_be_visible()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_label("Your name")).to_have_value("Maya Lind")
    expect(page.get_by_label("Your e-mail address")).to_have_value("maya@example.org")
    expect(page.get_by_label("Eggs")).to_have_value("1")
    assert not Order.objects.exclude(household=someone).exists()
    hands.tick("Half share")
    hands.press("Join for the season")
    pay(hands, PAYS)
    expect(page.get_by_role("heading", name="You’re in. Thank you.")).to_be_visible()


def test_a_place_that_was_not_paid_for_in_time_is_for_others_again(cast, page, till, clock):
    hands = Hands(page)
    page.goto("/f/cedar-bend-farm/join/")
    fill_in(hands, email="maya@example.org", from_farm_page=False)
    hands.press("Join for the season")
    expect(page.get_by_label("Card number")).to_be_visible()
    assert ShareType.objects.get(pk=cast.full.pk).taken == 1
    from django.core.management import call_command

    clock(factories.NOW + CARD_HOLD * 2)
    call_command("sweep", "release_lapsed_holds")
    assert ShareType.objects.get(pk=cast.full.pk).taken == 0
    page.reload()
    expect(page.get_by_role("heading", name="This payment page has expired")).to_be_visible()
    page.get_by_role("link", name="Go back").click()
    expect(page.get_by_role("heading", name="The time to pay has passed")).to_be_visible()
    expect(page.get_by_role("link", name="Join again")).to_be_visible()


def fill_in(hands: Hands, *, email: str, from_farm_page: bool = True) -> None:
    """The join page: a full share, a box of eggs in the A weeks, the market; name and address."""
    if from_farm_page:
        hands.follow("Join for the season")
    hands.tick("Full share")
    hands.fill("Eggs", "1")
    hands.tick("Tuesday Market")
    hands.tick("A weeks")
    hands.fill("Your name", "Maya Lind")
    hands.fill("Your e-mail address", email)


def pay(hands: Hands, card: str) -> None:
    """The payment page is the bank's, not ours: its fields are not counted."""
    page: Page = hands.page
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on card").fill("Maya Lind")
    page.get_by_role("button", name="Pay ").click()


def letters_to(email: str) -> list[str]:
    post.post_due_letters(at=clock.now())
    return sorted(message.subject for message in mail.outbox if message.to == [email])
