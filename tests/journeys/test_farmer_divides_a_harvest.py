"""Fern writes the harvest down by keyboard, sees what everyone gets, publishes; a real worker divides and prints."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from django.core.management import call_command
from playwright.sync_api import Locator, Page, expect

from deliveries.harvesting.quantities import show_quantity
from deliveries.models import HarvestLine, Portion
from tests import factories
from tests.deliveries.harvesting import TUESDAY, make_crop, make_harvest, publish, with_shares

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.worker]

DESK = "/f/cedar-bend-farm/desk/"
MONDAY = datetime(2027, 6, 14, 9, 0, tzinfo=UTC)  # of week 2; its deadline was last night


@pytest.fixture
def monday(cast, clock) -> None:
    """Sam's full share, three others and two half shares; last week carrots and chard came in."""
    factories.make_share(cast.sams, cast.full)
    with_shares(cast, full=3, half=2)
    make_crop(cast.farm, "Lettuce", unit="head", step="1", price=150)
    publish(make_harvest(cast, {"Carrots": "50 kg", "Chard": "20 bunch"}))
    clock(MONDAY)
    call_command("sweep", "draw_up_rosters")


@pytest.fixture
def sheet(monday, cast, new_page: Callable[..., Page], sign_in) -> Page:
    """Fern's desk, this week's harvest opened from it by keyboard."""
    page = sign_in(new_page(), cast.fern)
    page.goto(DESK)
    there = page.get_by_role("link", name="Write it down").first
    expect(there).to_be_visible()
    there.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Harvest for Tue 15 June")).to_be_visible()
    page.wait_for_load_state()  # the keyboard is listened to from then on
    expect(page.locator("#rows :focus")).to_be_visible()
    return page


def test_farmer_divides_a_harvest(sheet, celery_worker_process, cast, new_page, sign_in):
    page = sheet
    expect(page.locator("#rows tr").first.get_by_label("Crop, new row")).to_be_focused()
    type_row(page, "Carrots", "80,4")
    type_row(page, "lettuce", "٢٠")
    type_row(page, "Kale", "13", "bunch", price="2.20")
    expect_row(page, "Carrots", "16.1 kg", "8 kg")
    expect_row(page, "Lettuce", "4", "2")
    expect(page.get_by_label("Crop, Kale")).to_have_value("Kale")
    expect(page.locator("#standing")).to_be_hidden()
    expect(page.get_by_role("region", name="Take to each site")).to_contain_text("Tuesday Market")
    written = HarvestLine.objects.filter(harvest__date=TUESDAY + timedelta(weeks=1))
    assert list(written.values_list("crop__name", "steps", "unit").order_by("pk")) == [
        ("Carrots", 1608, "kg"), ("Lettuce", 20, "head"), ("Kale", 13, "bunch"),
    ]  # fmt: skip

    press(page, page.get_by_role("button", name="Publish"))
    expect(page.get_by_text("Version 1 is in force.")).to_be_visible()
    press(page, page.get_by_role("link", name="Lists", exact=True).last)
    assert "Carrots" in read_pdf(page, page.get_by_role("link", name="Print everything"))
    for name in ("Harvest list", "Packing list", "Tuesday Market"):
        words = read_pdf(page, page.get_by_role("link", name=re.compile(rf"PDF\s*:\s*{name}", re.I)))
        assert "Version 1" in words or "v1" in words.lower(), words[:300]
    assert "Castillo–Reyes" in words

    sam = sign_in(new_page(width=390), cast.sam)
    sam.goto("/my/")
    for item in ("Carrots 16.1 kg", "Lettuce 4 heads", "Kale"):
        expect(sam.get_by_role("listitem").filter(has_text=item)).to_be_visible()

    page.go_back()
    carrots = page.locator("#rows tr", has=page.get_by_label("Crop, Carrots"))
    carrots.get_by_label("Picked, Carrots").fill("60")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Changed since version 1 was published")).to_be_visible()
    expect(page.locator("#standing")).to_contain_text("stay in force until you publish the correction")
    press(page, page.get_by_role("button", name="Publish the correction"))
    expect(page.get_by_text("Version 2 is in force.")).to_be_visible()
    sam.reload()
    corrected = Portion.objects.select_related("crop").get(
        box__allocation__harvest__date__gt=TUESDAY,
        box__allocation__number=2,
        box__share_type=cast.full,
        box__day__site=cast.market,
        crop__name="Carrots",
    )
    assert 0 < corrected.steps < 322  # 16.1 kg in the first version
    words = show_quantity(corrected.steps, corrected.crop.step, "kg", "en")
    expect(sam.get_by_role("listitem").filter(has_text=f"Carrots {words}")).to_be_visible()


def test_last_week_is_repeated_by_the_arrow_up(sheet):
    page = sheet
    for name in ("Carrots", "Chard"):
        page.keyboard.press("ArrowUp")
        expect(page.locator("#rows :focus")).to_have_value(name)
        page.keyboard.press("Enter")
    expect_row(page, "Carrots", "10 kg", "5 kg")
    expect_row(page, "Chard", "4", "2")
    page.reload()
    expect_row(page, "Chard", "4", "2")


def test_last_week_is_repeated_as_a_whole(sheet):
    page = sheet
    press(page, page.get_by_role("button", name="Repeat last week"))
    expect(page.get_by_text("2 crops as last week.")).to_be_visible()
    expect_row(page, "Carrots", "10 kg", "5 kg")


def test_rows_of_a_spreadsheet_are_pasted_and_read_back_first(sheet):
    page = sheet
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('carrots\\t80,4\\tkg\\nPotatoes\\t40\\tkg\\nMoon\\tmany\\tkg')")
    page.keyboard.press("Control+V")
    expect(page.get_by_role("heading", name="1 line needs you")).to_be_visible()
    expect(page).to_have_title(re.compile("^Error: "))
    assert not HarvestLine.objects.filter(harvest__date__gt=TUESDAY).exists()
    text = page.get_by_label("Your list")
    text.fill(text.input_value().replace("Moon\tmany\tkg", ""))
    press(page, page.get_by_role("button", name="Check it"))
    expect(page.get_by_role("row").filter(has_text="Potatoes")).to_contain_text("New crop")
    page.get_by_label("Price per unit").fill("2")
    press(page, page.get_by_role("button", name="Write 2 crops down"))
    expect_row(page, "Carrots", "16.1 kg", "8 kg")
    expect_row(page, "Potatoes", "8 kg", "4 kg")


def test_what_cannot_be_read_says_so_in_its_row_and_the_others_are_kept(sheet):
    page = sheet
    type_row(page, "Carrots", "80,4")
    type_row(page, "Chard", "ninety")
    expect(page.locator("#rows .error")).to_have_count(1)
    expect_row(page, "Carrots", "16.1 kg", "8 kg")
    assert HarvestLine.objects.filter(harvest__date__gt=TUESDAY).count() == 1


def type_row(page: Page, crop: str, picked: str, unit: str = "", *, price: str = "") -> None:
    """Crop, Tab, how much, then Tab to the unit if it is a new crop; Enter goes on to the next row."""
    page.keyboard.type(crop)
    page.keyboard.press("Tab")
    page.keyboard.type(picked)
    if unit:
        page.keyboard.press("Tab")
        page.keyboard.type(unit)
    if price:
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type(price)
    page.keyboard.press("Enter")


def expect_row(page: Page, crop: str, full: str, half: str) -> None:
    """What a full and a half share get of a crop, as the page says it."""
    row = page.locator("#rows tr", has=page.get_by_label(f"Crop, {crop}"))
    expect(row.locator("[id^=each-][id$='-0']")).to_have_text(f"{full} Why?")
    expect(row.locator("[id^=each-][id$='-1']")).to_have_text(f"{half} Why?")


def press(page: Page, target: Locator) -> None:
    """With the keyboard: it takes focus, Enter presses it."""
    target.focus()
    expect(target).to_be_focused()
    page.keyboard.press("Enter")


def read_pdf(page: Page, link: Locator) -> str:
    """The words of the list this link leads to, as this browser's session is given it."""
    answer = page.request.get(link.get_attribute("href") or "")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    document = pypdfium2.PdfDocument(answer.body())
    return "\n".join(sheet.get_textpage().get_text_bounded() for sheet in document)
