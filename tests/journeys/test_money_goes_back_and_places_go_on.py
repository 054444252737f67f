"""A farmer gives money back; a place that frees is offered to who waits; somebody gives a share to a friend."""

from __future__ import annotations

import re
import time

import pytest
from django.test import Client
from playwright.sync_api import expect

from people.models import Letter
from shares.buying import gifts, waiting_list
from shares.models import GiftOrder, Order, Refund
from shares.paying import payments
from tests.factories import NOW
from tests.journeys.hands import Hands
from tests.journeys.test_subscriber_joins_and_pays import PAYS, pay
from tests.shares.test_refunds import buy
from tests.shares.test_waiting_list import frees, sold_out

pytestmark = pytest.mark.django_db(transaction=True)


def freshly(page, live_server, user):
    """This browser's owner has shown a moment ago who they are."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    name = next(name for name in client.cookies if "session" in name)
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])


def test_a_farmer_gives_a_part_of_a_card_payment_back(cast, page, till, live_server, violations):
    payment = buy(cast, "card").payments.get()
    payments.open_payment_page(payment)
    till.pay(payment.session_id)
    payments.look_after(payment, at=NOW)
    freshly(page, live_server, cast.fern)
    hands = Hands(page)
    page.goto(f"/f/cedar-bend-farm/desk/people/{cast.sams.number}/")
    page.get_by_role("link", name=re.compile("Give money back")).click()
    hands.fill("Amount", "50")
    hands.fill("Why", "Hail took the lettuce")
    hands.press("Show what happens")
    expect(page.locator("#plan")).to_contain_text("€600.00")
    assert violations(page) == []
    assert Refund.objects.count() == 0
    hands.press("Give back €50.00")
    expect(page.get_by_text("€50.00 given back.")).to_be_visible()
    refund = Refund.objects.get()
    assert (refund.amount, refund.accepted_at is not None) == (5000, True)
    assert "Hail took the lettuce" in Letter.objects.get(kind="refund").text


def test_who_waits_is_offered_the_place_that_frees_says_yes_and_pays(cast, page, till, live_server):
    sold_out(cast)
    hands = Hands(page)
    page.goto("/f/cedar-bend-farm/")
    hands.follow("Waiting list")
    hands.choose("Where would you collect it? Best", "Tuesday Market")
    hands.fill("Your name", "Wanda")
    hands.fill("Your e-mail address", "wanda@example.org")
    hands.press("Stand in line")
    expect(page.get_by_text("You are in line. We have written to you where you stand.")).to_be_visible()
    frees(cast)
    waiting_list.offer_places(at=NOW)
    link = re.search(r"/w/[0-9a-f-]{36}/", Letter.objects.get(kind="offer").text)
    page.goto(link[0])
    expect(page.get_by_role("heading", name="A place is free for you")).to_be_visible()
    hands.press("Yes, take the place")
    pay(hands, PAYS)
    expect(page.get_by_role("heading", name="You’re in. Thank you.")).to_be_visible()
    assert Order.objects.filter(settled_at__isnull=False, household__name="Wanda").count() == 1


def test_a_share_is_given_to_a_friend_who_is_told_on_the_day(cast, page, till):
    hands = Hands(page)
    page.goto("/f/cedar-bend-farm/")
    hands.follow("Give a share to somebody")
    hands.tick("Half share")
    hands.choose("Where will they collect it?", "Tuesday Market")
    hands.fill("Their name", "Nour")
    hands.fill("Their e-mail address", "nour@example.org")
    hands.fill("A few words from you", "Eat your greens")
    hands.fill("Your name", "Maya")
    hands.fill("Your e-mail address", "maya@example.org")
    hands.press("Give this share")
    pay(hands, PAYS)
    expect(page.get_by_role("heading", name="You’re in. Thank you.")).to_be_visible()
    assert GiftOrder.objects.get().told_at is None
    assert gifts.tell_recipients(at=NOW) == 1
    letter = Letter.objects.get(kind="gift")
    assert letter.to_email == "nour@example.org"
    assert "Eat your greens" in letter.text
