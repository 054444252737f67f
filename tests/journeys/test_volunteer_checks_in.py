"""Val has a link on her phone and no account: she finds people, taps them, takes one back; Fern's desk follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from deliveries.models import CheckIn
from tests import factories
from tests.deliveries.checking_in import day_of, drawn_up, link_to

pytestmark = pytest.mark.django_db(transaction=True)

ASKS_AGAIN = 16_000  # ms: pages ask for news every 10 or 15 s; the browser's clock is wound on, nobody waits
FAMILIES = ("Abdi", "Brandt–Lind", "Castillo–Reyes", "Dubois", "Élodie Émond")


@pytest.fixture
def link(cast, clock) -> str:
    """The market's first pickup has just opened; five full shares are expected."""
    for name in FAMILIES:
        household = cast.sams if name == cast.sams.name else factories.make_household(cast.farm, name)
        factories.make_share(household, cast.full)
    day = drawn_up(day_of(cast))
    clock(day.starts_at + timedelta(minutes=5))
    return f"/c/{link_to(day).token}/"


def test_volunteer_checks_in(cast, link, page, new_page, sign_in):
    desk = sign_in(new_page(), cast.fern)
    desk.clock.install()
    desk.goto("/f/cedar-bend-farm/desk/pickups/2027-06-08/")
    market = desk.locator("section", has=desk.get_by_role("heading", name="Tuesday Market"))
    expect(market.get_by_text("of 5 collected").first).to_be_visible()

    page.goto(link)
    expect(page.locator("#told")).to_contain_text("0 of 5 collected")
    for name in FAMILIES[:3]:
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#told")).to_contain_text("3 of 5 collected")
    expect(page.locator("#left")).to_contain_text("Full share 2")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name=FAMILIES[2])).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#told")).to_contain_text("2 of 5 collected")

    expect(page.locator("#state")).to_contain_text("All sent")
    taps = CheckIn.objects.order_by("pk").values_list("pickup__household__name", "action")
    assert list(taps) == [*((name, "collected") for name in FAMILIES[:3]), (FAMILIES[2], "undone")]
    desk.clock.run_for(ASKS_AGAIN)
    expect(market.get_by_text("2 of 5 collected").first).to_be_visible()  # nobody reloaded the desk


def test_someone_is_found_by_a_part_of_the_name_or_the_number(cast, link, page):
    page.goto(link)
    rows = page.locator("#households li:visible")
    page.get_by_label("Find a household").fill("emo")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Élodie Émond").click()
    expect(page.get_by_role("button", name="Élodie Émond")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Find a household").fill(str(cast.sams.number))
    expect(rows.first).to_contain_text("Castillo–Reyes")
    page.get_by_label("Find a household").fill("nobody of ours")
    expect(rows).to_have_count(0)
    page.get_by_role("link", name="Show everyone").click()
    expect(rows).to_have_count(5)


def test_two_phones_agree(link, page, new_page):
    page.clock.install()
    page.goto(link)
    other = new_page(width=390)
    other.goto(link)
    page.get_by_role("button", name="Abdi").click()
    other.get_by_role("button", name="Dubois").click()
    expect(other.locator("#told")).to_contain_text("2 of 5 collected")
    page.clock.run_for(ASKS_AGAIN)
    expect(page.locator("#told")).to_contain_text("2 of 5 collected")
    other.reload()
    for phone in (page, other):
        for name in ("Abdi", "Dubois"):
            expect(phone.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")


def test_rows_are_tall_enough_for_a_thumb(link, page):
    page.goto(link)
    heights = [box["height"] for button in page.locator("button.who").all() if (box := button.bounding_box())]
    assert len(heights) == 5
    assert min(heights) >= 64
