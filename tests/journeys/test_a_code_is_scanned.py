"""Somebody holds the code on their phone before Val's camera, in a field without a network."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import segno
from playwright.sync_api import Browser, expect

from farms.models import Household
from tests.deliveries.checking_in import day_of, drawn_up, households, link_to
from tests.journeys.test_check_in_offline import Phone
from tests.services.chromium import FLAGS, find_chromium

pytestmark = pytest.mark.django_db(transaction=True)

WIDE, HIGH = 320, 240
WHITE, BLACK, GREY = 235, 20, 150


def picture(text: str) -> bytes:
    """A code on a grey ground, as a frame of a film: brightness, then colours half as fine."""
    code = [*segno.make(text, error="m", micro=False).matrix_iter(scale=4, border=4)]
    rows = [bytearray([GREY]) * WIDE for _ in range(HIGH)]
    for row, cells in enumerate(code, start=(HIGH - len(code)) // 2):
        start = (WIDE - len(cells)) // 2
        rows[row][start : start + len(cells)] = bytes(BLACK if cell else WHITE for cell in cells)
    return b"FRAME\n" + b"".join(rows) + bytes([128]) * (WIDE * HIGH // 2)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """What the camera sees, over and over: a code of another farm, then that of household 7, a second each."""
    frames = [picture(f"hissa:{farm}:007") * 2 for farm in ("wadi-al-arz", "cedar-bend-farm")]
    where = tmp_path / "seen.y4m"
    where.write_bytes(f"YUV4MPEG2 W{WIDE} H{HIGH} F2:1 Ip A1:1 C420jpeg\n".encode() + b"".join(frames))
    return where


@pytest.fixture
def with_camera(browser: Browser, film: Path) -> Iterator[Browser]:
    """A browser with a camera. (`browser` only sees to it that Playwright runs.)"""
    seeing = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}")
    one = browser.browser_type.launch(executable_path=find_chromium(), args=[*FLAGS, *seeing])
    yield one
    one.close()


def test_a_code_is_read_without_a_network_and_leads_to_its_household(cast, clock, live_server: Any, with_camera):
    some = households(cast, 2)
    for household, number in zip(some, (7, 70), strict=True):
        Household.objects.filter(pk=household.pk).update(number=number)
    day = drawn_up(day_of(cast))
    clock(day.starts_at + timedelta(minutes=5))
    wrong: list[str] = []
    hers = Phone(with_camera, live_server.thread.port, wrong)
    page = hers.open(f"/c/{link_to(day).token}/")
    hers.cable.cut()

    page.get_by_role("button", name="Scan a code").click()
    said = page.get_by_role("dialog", name="Scan a code").get_by_role("status")
    expect(said).to_have_text("The camera cannot be used here. Ask for their number and type it: three digits.")
    page.get_by_role("button", name="Type the number").click()
    expect(page.locator("#q")).to_be_focused()

    hers.context.grant_permissions(["camera"])
    page.get_by_role("button", name="Scan a code").click()
    expect(said).to_have_text("That is no code of a household of this farm.")
    expect(page.locator("#n7 .who")).to_be_focused()
    expect(page.locator("#households li:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_have_text("1")
    hers.context.close()
    hers.cable.close()
    assert wrong == []
