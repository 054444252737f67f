"""Val stands in a field without a network: she ticks people off all the same, and nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from deliveries.checking_in import checkins, host_links, unclaimed
from deliveries.models import CheckIn, Pickup, WalkUp
from people.models import Letter
from tests import factories
from tests.deliveries.checking_in import day_of, drawn_up, households, link_to
from tests.journeys.conftest import PATIENCE
from tests.services.cable import Cable

pytestmark = pytest.mark.django_db(transaction=True)

SLOW_DISK = "() => { IDBDatabase.prototype.transaction = () => ({ objectStore: () => ({ put() {} }) }); }"
ASLEEP = """(() => {
  const waking = new Promise((wake) => { self.wake = wake; });
  const open = indexedDB.open.bind(indexedDB);
  indexedDB.open = (...named) => {
    const later = {};
    waking.then(() => {
      const asked = open(...named);
      for (const told of ["onupgradeneeded", "onsuccess", "onerror"]) asked[told] = () => {
        later.result = asked.result;
        later[told]();
      };
    });
    return later;
  };
})()"""  # a disk that answers when it is woken
KEPT = "async () => [(await caches.keys()).length, (await indexedDB.databases()).length]"


class Phone:
    """A phone of its own, with a cable that may be cut: its console grumbles then, but no script fails."""

    def __init__(self, browser: Browser, port: int, wrong: list[str]) -> None:
        self.cable = Cable(port)
        self.context = browser.new_context(base_url=self.cable.url, viewport={"width": 390, "height": 844})
        self.context.set_default_timeout(PATIENCE)
        self.context.on("weberror", lambda error: wrong.append(str(error.error)))

    def open(self, address: str, *, saved: bool = True) -> Page:
        page = self.context.new_page()
        page.goto(address)
        page.wait_for_selector("#ticks[data-saved]" if saved else "#ticks[data-ready]", state="attached")
        return page

    def mend(self) -> None:
        """The network is back, and the phone notices."""
        self.cable.mend()
        for page in self.context.pages:
            page.evaluate("dispatchEvent(new Event('online'))")


@pytest.fixture
def phone(browser: Browser, live_server: Any) -> Iterator[Callable[[], Phone]]:
    phones: list[Phone] = []
    wrong: list[str] = []

    def fresh() -> Phone:
        phones.append(Phone(browser, live_server.thread.port, wrong))
        return phones[-1]

    yield fresh
    for one in phones:
        one.context.close()
        one.cable.close()
    assert wrong == []


def day_with(cast: Any, clock: Any, number: int) -> Any:
    households(cast, number)
    day = drawn_up(day_of(cast))
    clock(day.starts_at + timedelta(minutes=5))
    return day


def test_sixty_households_without_a_network_a_killed_tab_and_a_reload_none_lost_none_doubled(cast, clock, phone):
    day = day_with(cast, clock, 60)
    address = f"/c/{link_to(day).token}/"
    hers = phone()
    page = hers.open(address)
    hers.cable.cut()
    for button in page.locator("button.who").all()[:30]:
        button.click()
    expect(page.locator("#state")).to_have_text("Offline · 30 saved here")
    page.close()

    page = hers.open(address, saved=False)
    expect(page.locator("#done")).to_have_text("30")
    for button in page.locator("button.who[aria-pressed=false]").all()[:0:-1]:
        button.click()
    page.evaluate(SLOW_DISK)
    page.locator("button.who[aria-pressed=false]").click()
    page.reload()
    expect(page.locator("#state")).to_have_text("Offline · 60 saved here")
    assert CheckIn.objects.count() == 0

    hers.mend()
    expect(page.locator("#state")).to_contain_text("All sent")
    assert CheckIn.objects.count() == len(checkins.collected([day])) == Pickup.objects.filter(day=day).count() == 60


def test_what_is_tapped_and_typed_while_the_phone_s_disk_sleeps_counts_when_it_wakes(cast, clock, phone):
    day = day_with(cast, clock, 3)
    hers = phone()
    hers.context.add_init_script(ASLEEP)
    page = hers.context.new_page()
    page.goto(f"/c/{link_to(day).token}/")
    page.get_by_label("Find a household").fill("no such name")
    expect(page.locator("button.who:visible")).to_have_count(0)
    page.get_by_role("link", name="Show everyone").click()
    page.locator("button.who").nth(1).click()
    assert CheckIn.objects.count() == 0
    page.evaluate("wake()")
    expect(page.locator("#done")).to_have_text("1")
    expect(page.locator("#state.leaf")).to_be_visible()  # nothing waits to be sent
    assert CheckIn.objects.count() == 1


def test_two_phones_that_were_offline_agree_in_the_end(cast, clock, phone):
    day = day_with(cast, clock, 3)
    address = f"/c/{link_to(day).token}/"
    phones = [phone(), phone()]
    one, other = (each.open(address) for each in phones)
    for each in phones:
        each.cable.cut()
    first, second, third = (one.locator("button.who").nth(number) for number in range(3))
    first.click()
    second.click()
    one.get_by_role("button", name="Undo").click()  # the second was a slip
    expect(second).to_have_attribute("aria-pressed", "false")
    other.locator("button.who").nth(0).click()
    other.locator("button.who").nth(2).click()
    for each, page in zip(phones, (one, other), strict=True):
        each.mend()
        expect(page.locator("#state")).to_contain_text("All sent")
    one.evaluate("dispatchEvent(new Event('online'))")
    for page in (one, other):
        expect(page.locator("#done")).to_have_text("2")
        pressed = [page.locator("button.who").nth(number).get_attribute("aria-pressed") for number in range(3)]
        assert pressed == ["true", "false", "true"]
    assert len(checkins.collected([day])) == 2
    expect(third).to_have_attribute("aria-pressed", "true")


def test_whoever_is_not_on_the_list_is_written_down_without_a_network(cast, clock, phone):
    day = day_with(cast, clock, 1)
    hers = phone()
    page = hers.open(f"/c/{link_to(day).token}/")
    hers.cable.cut()
    page.get_by_text("Somebody is not on the list?").click()
    page.get_by_label("Their number, or the household's full name").fill("Castillo–Reyes")
    page.get_by_role("button", name="Why are they not on it?").click()
    expect(page.locator("#why-not")).to_contain_text("That needs the network.")
    page.get_by_label("Their name, and number").fill("李小龍")
    page.get_by_label("What they took").fill("a half share")
    page.get_by_role("button", name="Write them down").click()
    expect(page.locator("#walk-ups")).to_have_text("李小龍 · a half share")
    page.reload()
    expect(page.locator("#walk-ups")).to_have_text("李小龍 · a half share")
    page.get_by_role("link", name="Close the pickup").click()
    expect(page.locator("#offline")).to_contain_text("That page needs the network.")
    hers.mend()
    expect(page.locator("#state")).to_contain_text("All sent")
    assert [(one.name, one.took) for one in WalkUp.objects.all()] == [("李小龍", "a half share")]
    assert Letter.objects.filter(kind="walk_up").values_list("to_email", flat=True).get() == cast.fern.email
    page.get_by_text("Somebody is not on the list?").click()
    page.get_by_label("Their number, or the household's full name").fill("Castillo–Reyes")
    page.get_by_role("button", name="Why are they not on it?").click()
    expect(page.locator("#why-not")).to_have_text("They have no share this season.")
    assert page.locator("#scan").is_hidden()  # this phone has no camera


@pytest.mark.parametrize("how", ["revoked", "closed"])
def test_a_revoked_link_and_a_closed_day_leave_nothing_on_the_phone(cast, clock, phone, how):
    day = day_with(cast, clock, 2)
    page = phone().open(f"/c/{link_to(day).token}/")
    assert page.evaluate(KEPT) == [1, 1]
    if how == "revoked":
        host_links.revoke(day=day, at=day.starts_at)
    else:
        fates = {one.household_id: unclaimed.Fate("host") for one in Pickup.objects.filter(day=day)}
        unclaimed.close(day=day, fates=fates, note="", link=None, by=None, at=day.starts_at)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text("The list was wiped from this phone.")).to_be_visible()
    expect(page.locator("button.who")).to_have_count(0)
    assert page.evaluate(KEPT) == [0, 0]


def test_ticks_of_a_phone_whose_tab_was_shut_when_another_closed_the_day_arrive_and_nothing_stays(cast, clock, phone):
    day = day_with(cast, clock, 2)
    address = f"/c/{link_to(day).token}/"
    hers = phone()
    page = hers.open(address)
    hers.cable.cut()
    page.locator("button.who").first.click()
    expect(page.locator("#state")).to_have_text("Offline · 1 saved here")
    page.close()
    fates = {pickup.household_id: unclaimed.Fate("host") for pickup in Pickup.objects.filter(day=day)}
    unclaimed.close(day=day, fates=fates, note="", link=None, by=None, at=day.ends_at)
    hers.cable.mend()
    page = hers.context.new_page()
    page.goto(address)
    expect(page.locator("#main")).to_contain_text("The names are gone from this page")
    page.evaluate(f"async () => {{ while ((await ({KEPT})()).some(Boolean)) await new Promise(requestIdleCallback) }}")
    assert CheckIn.objects.count() == 1


def test_a_household_s_code_opens_without_a_network_until_it_signs_out(cast, live_server, phone, sign_in):
    factories.make_share(cast.sams, cast.full)
    hers = phone()
    page = sign_in(hers.context.new_page(), cast.sam)
    page.goto("/my/code/")
    page.wait_for_selector("html[data-saved]")
    hers.cable.cut()
    page.reload()
    expect(page.locator(".number")).to_have_text(f"{cast.sams.number:03d}")
    hers.cable.mend()
    hers.context.clear_cookies()
    page.goto("/my/code/")
    assert page.evaluate("async () => Boolean(await caches.match('/my/code/'))") is False
