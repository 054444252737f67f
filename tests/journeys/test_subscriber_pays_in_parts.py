"""Sam joins in parts; a part is declined; the letter leads to the payment page, and another card pays it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from django.core import mail
from django.core.management import call_command
from playwright.sync_api import expect

from people import clock as edge
from people import post
from shares.books import ledger
from shares.in_parts import plans
from shares.models import Order, SavedCard, Share
from tests.factories import NOW
from tests.journeys.hands import Hands
from tests.journeys.test_subscriber_joins_and_pays import PAYS, fill_in, pay

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = datetime(2027, 7, 1, 8, 0, tzinfo=UTC)


def test_subscriber_pays_in_parts_and_a_declined_one_with_another_card(cast, page, till, clock):
    days = [date(2027, 7, 1), date(2027, 8, 1), date(2027, 9, 1)]
    plans.make_plan(season=cast.season, name="By the month", deposit=20, days=days, at=NOW)
    hands = Hands(page)
    page.goto("/f/cedar-bend-farm/join/")
    fill_in(hands, email="maya@example.org", from_farm_page=False)
    hands.tick("By the month")
    expect(page.locator("#total")).to_contain_text("Thursday 1 July 2027")
    expect(page.locator("#sum")).to_contain_text("€145.00")
    hands.press("Join for the season")
    pay(hands, PAYS)
    expect(page.get_by_role("heading", name="You’re in. Thank you.")).to_be_visible()
    expect(page.get_by_role("heading", name="When you pay")).to_be_visible()
    order = Order.objects.get()
    assert (order.settled_at, ledger.owed(order)) == (edge.now(), 58000)

    till.control("becomes", payment_method=SavedCard.objects.get().method, card="4000000000009995")
    clock(FIRST)
    call_command("sweep", "take_due_parts")
    assert Share.objects.paid().filter(order=order).count() == 2  # nobody's food stops

    page.goto(link_in_letter("maya@example.org", "could not be taken"))
    expect(page.get_by_role("heading", name="€193.34 to pay")).to_be_visible()
    hands.press("Pay €193.34 now")
    pay(hands, "5555555555554444")
    expect(page.get_by_role("heading", name="Nothing is due today")).to_be_visible()
    assert (ledger.owed(order), SavedCard.objects.get().words) == (58000 - 19334, "Mastercard •••• 4444")


def link_in_letter(email: str, subject: str) -> str:
    post.post_due_letters(at=edge.now())
    [letter] = [message for message in mail.outbox if message.to == [email] and subject in message.subject]
    return re.findall(r"http\S+/pay/\S+", letter.body)[0]
