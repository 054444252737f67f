"""Sam cannot make a week: three taps hold it, one undoes that, and another day takes it; after the deadline, words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from playwright.sync_api import expect

from people import clock as house_clock
from people import post
from tests import factories
from tests.deliveries.checking_in import day_of
from tests.journeys.hands import Hands

pytestmark = pytest.mark.django_db(transaction=True)

HELD, AHEAD, MOVED, EXTRA = ".ribbon .hold", ".ribbon .ahead", ".ribbon .moved", ".ribbon .extra"


@pytest.fixture
def hands(cast, page, sign_in) -> Hands:
    factories.make_share(cast.sams, cast.full)
    hands = Hands(sign_in(page, cast.sam))
    page.goto("/my/")
    return hands


def test_subscriber_holds_a_week_and_takes_it_back(hands):
    page = hands.page
    hands.follow("Week 3, Tue 22 June")
    hands.press("Hold week 3")
    expect(page.get_by_text("On hold: nothing to collect.")).to_be_visible()
    assert hands.taps <= 3, f"{hands.taps} taps"
    expect(page.locator(HELD)).to_have_count(1)
    expect(page.get_by_text("You can undo this until Sun 20 June, 23:59")).to_be_visible()

    hands.press("Undo the hold")
    expect(page.get_by_role("button", name="Hold week 3")).to_be_visible()
    expect(page.locator(HELD)).to_have_count(0)
    assert letters_about_changes() == 2


def test_subscriber_moves_a_week_to_another_place(hands):
    page = hands.page
    hands.taps = 0
    hands.follow("Week 3, Tue 22 June")
    page.locator("label.choice", has_text="School gate").filter(has_text="Fri 25 June").click()
    hands.taps += 1
    hands.press("Move it to this day")
    expect(page.get_by_text("Your share of week 3, moved from Tue 22 June.")).to_be_visible()
    assert hands.taps <= 3, f"{hands.taps} taps"
    expect(page.get_by_text("Fri 25 June, 17:00–19:30").first).to_be_visible()
    page.goto("/my/season/")
    page.get_by_text("All dates").click()
    row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Week 3", exact=True))
    expect(row).to_contain_text("Fri 25 June, 17:00–19:30")
    expect(row).to_contain_text("School gate")


def test_subscriber_moves_a_week_to_another_week(hands):
    page = hands.page
    hands.follow("Week 3, Tue 22 June")
    page.locator("label.choice", has_text="Tuesday Market").filter(has_text="Tue 29 June").first.click()
    hands.press("Move it to this day")
    expect(page.get_by_text("Your share of week 3, moved from Tue 22 June.")).to_be_visible()
    expect(page.locator(MOVED)).to_have_count(1)
    page.goto("/my/week/2027-06-29/")
    expect(page.get_by_role("region", name="Share of week 4")).to_be_visible()
    expect(page.get_by_role("region", name="Share of week 3")).to_be_visible()


def test_after_the_deadline_it_says_when_it_closed_and_what_is_still_possible(hands, cast, clock):
    page = hands.page
    clock(day_of(cast).deadline_at + timedelta(minutes=1))
    page.goto("/my/")
    expect(page.get_by_text("This week closed on Sun 6 June at 23:59.")).to_be_visible()
    hands.follow("Look at this week")
    expect(page.get_by_text("Week 1 closed on Sun 6 June at 23:59.")).to_be_visible()
    expect(page.get_by_text("Somebody else may collect it with your number")).to_be_visible()
    expect(page.get_by_role("button", name="Hold")).to_have_count(0)


def test_a_page_left_open_past_the_deadline_changes_nothing(hands, cast, clock):
    page = hands.page
    hands.follow("Week 1, Tue 8 June")
    expect(page.get_by_role("button", name="Hold week 1")).to_be_visible()
    clock(day_of(cast).deadline_at + timedelta(minutes=1))
    hands.press("Hold week 1")
    expect(page.get_by_text("Week 1 closed on Sun 6 June at 23:59.").first).to_be_visible()
    expect(page.locator(HELD)).to_have_count(0)
    assert letters_about_changes() == 0


def letters_about_changes() -> int:
    post.post_due_letters(at=house_clock.now())
    return len([message for message in mail.outbox if message.to == ["sam@example.org"]])
