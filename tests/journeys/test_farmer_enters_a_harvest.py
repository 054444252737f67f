"""Fern writes 15 crops down by keyboard alone, publishes them, and has everything in print with two clicks."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from deliveries import divisions
from deliveries.models import Harvest, HarvestLine
from tests import factories
from tests.deliveries.harvesting import make_harvest, with_shares

PAGE = "/f/cedar-bend-farm/desk/harvest/2027-06-08/"
CROPS = [
    ("Carrots", "80,4", "k"), ("Chard", "90", "bu"), ("Lettuce", "84", "h"), ("Courgettes", "210", "pie"),
    ("Tomatoes", "107.9", "k"), ("Leeks", "31", "k"), ("Onions", "٤٠", "k"), ("Parsley", "40", "bu"),
    ("Beetroot", "55", "bu"), ("Kohlrabi", "30", "h"), ("Spinach", "12", "k"), ("Melons", "4", "pie"),
    ("Potatoes", "150", "k"), ("Beans", "9,5", "k"), ("Garlic", "64", "h"),
]  # fmt: skip


def write_down(page: Page, crops: list[tuple[str, str, str]]) -> None:
    """Crop, Tab, amount, Tab, the unit's first letters, Enter: and the next row is there."""
    for crop, amount, unit in crops:
        for text in (crop, amount):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        page.keyboard.type(unit)
        page.keyboard.press("Enter")


def lines() -> dict[str, int]:
    return dict(HarvestLine.objects.values_list("crop__name", "steps"))


def test_fifteen_crops_by_keyboard_published_and_printed(
    new_page: Callable[..., Page], sign_in: Callable, violations: Callable, cast
) -> None:
    with_shares(cast, full=6, half=4)
    page = sign_in(new_page(), cast.fern)
    page.goto(PAGE)
    write_down(page, CROPS)
    expect(page.locator("#rows tr[data-line]")).to_have_count(15)
    assert lines() == {
        "Carrots": 1608, "Chard": 90, "Lettuce": 84, "Courgettes": 210, "Tomatoes": 2158, "Leeks": 620, "Onions": 800,
        "Parsley": 40, "Beetroot": 55, "Kohlrabi": 30, "Spinach": 240, "Melons": 4, "Potatoes": 3000, "Beans": 190,
        "Garlic": 64,
    }  # fmt: skip
    expect(page.locator("#rows tr[data-line]").first.locator("td").nth(5)).to_have_text(re.compile(r"\d+\s*kg"))
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 700})
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.get_by_role("button", name="Publish").press("Enter")
    expect(page.get_by_text("Dividing and printing…")).to_be_visible()
    assert divisions.divide_harvests(factories.NOW) == 1
    expect(page.get_by_text("Version 1 is in force.")).to_be_visible()
    page.locator("#publish").get_by_role("link", name="Lists").click()
    assert violations(page) == []
    address = page.get_by_role("link", name="Print everything").get_attribute("href")
    assert page.request.get(str(address)).body()[:5] == b"%PDF-"


def test_up_repeats_last_week_and_escape_puts_back(new_page: Callable[..., Page], sign_in: Callable, cast) -> None:
    make_harvest(cast, {"Carrots": "80.4 kg", "Chard": "9 bunch"})
    page = sign_in(new_page(), cast.fern)
    page.goto(PAGE.replace("06-08", "06-15"))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.keyboard.type("chard")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#rows tr[data-line]")).to_have_count(2)
    assert list(HarvestLine.objects.filter(harvest__date="2027-06-15").values_list("crop__name", "steps")) == [
        ("Carrots", 1608), ("Chard", 9),
    ]  # fmt: skip
    amount = page.get_by_label("Picked, Carrots")
    amount.fill("9999")
    amount.press("Escape")
    expect(amount).to_have_value("80.4")


def test_rows_pasted_from_a_spreadsheet_are_read_before_they_are_written(
    new_page: Callable[..., Page], sign_in: Callable, violations: Callable, cast
) -> None:
    page = sign_in(new_page(width=390), cast.fern)
    page.goto(PAGE)
    page.evaluate(
        """text => { const data = new DataTransfer(); data.setData("text/plain", text);
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true})); }""",
        "carrots 80 kg\nChard\t90\tbunch\nKale\t3\tfurlong",
    )
    expect(page.get_by_text("“furlong” is not a unit")).to_be_visible()
    assert violations(page) == []
    assert Harvest.objects.count() == 0
    page.get_by_label("Your list").fill("carrots 80 kg\nChard\t90\tbunch")
    page.get_by_role("button", name="Check it").click()
    page.get_by_role("button", name="Write 2 crops down").click()
    expect(page.get_by_text("2 crops written down.")).to_be_visible()
    assert lines() == {"carrots": 1600, "Chard": 90}


def test_a_row_that_cannot_be_read_says_why_where_it_stands(
    new_page: Callable[..., Page], sign_in: Callable, cast
) -> None:
    page = sign_in(new_page(), cast.fern)
    page.goto(PAGE)
    write_down(page, [("Fennel", "some", "k")])
    expect(page.get_by_text("Write it in plain digits, like 1250 or 1.5.")).to_be_visible()
    expect(page.locator('[data-field="picked"]').first).to_have_value("some")
    assert lines() == {}


def test_the_grid_works_without_javascript(new_page: Callable[..., Page], sign_in: Callable, cast) -> None:
    page = sign_in(new_page(java_script_enabled=False), cast.fern)
    page.goto(PAGE)
    for place, (crop, amount, unit) in enumerate([("Carrots", "80,4", "kg"), ("Chard", "9", "bunch")]):
        row = page.locator("#rows tr").nth(place)
        row.locator('[data-field="crop"]').fill(crop)
        row.locator('[data-field="picked"]').fill(amount)
        row.locator('[data-field="unit"]').select_option(unit)
    page.get_by_role("button", name="Save").click()
    assert lines() == {"Carrots": 1608, "Chard": 9}
    page.get_by_role("button", name="Take Chard away").click()
    assert lines() == {"Carrots": 1608}
