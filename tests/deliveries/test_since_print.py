"""What changed since lists were printed: on the next lists, on the lists page, on the slip and on the host's screen."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from deliveries import divisions
from deliveries.changing import changes, friends
from deliveries.checking_in import host_links
from deliveries.due import rosters
from deliveries.models import Change, LateWish, PrintedRoster, WalkUp
from deliveries.printing import lists_page, print_news, since_words
from farms.models import PickupDay
from tests import factories
from tests.deliveries.harvesting import TUESDAY, make_harvest, publish, with_shares
from tests.deliveries.lists.reading import sizes_of, text_of
from tests.deliveries.test_my import press

LISTS = "/f/cedar-bend-farm/desk/lists/2027-06-08/"
LATER = factories.NOW + timedelta(hours=1)


def day_at(cast, site) -> PickupDay:
    return PickupDay.objects.select_related("week__season__farm", "site__farm").get(week__number=1, site=site)


@pytest.fixture
def names(cast) -> dict[str, object]:
    """Four households at the market, one of them with two shares."""
    made = {}
    for name in ("Abel", "Brandt", "Chen", "Dupont"):
        made[name] = factories.make_household(cast.farm, name)
        factories.make_share(made[name], cast.full, site=cast.market)
    factories.make_share(made["Chen"], cast.half, site=cast.market)
    return made


def everything_happens(cast, names) -> None:
    """Abel holds, Brandt moves to the school gate, Chen orders another half, a friend comes for Dupont, Eve is new."""
    market, school = day_at(cast, cast.market), day_at(cast, cast.school)
    facts = {"day": market, "made_at": LATER}
    Change.objects.create(share=names["Abel"].shares.get(), kind="hold", becomes="move", **facts)
    Change.objects.create(share=names["Brandt"].shares.get(), kind="move", to_day=school, **facts)
    factories.make_share(names["Chen"], cast.half, site=cast.market, at=LATER)
    friends.appoint(household=names["Dupont"], name="Ida", day=market, by=None, at=LATER)
    factories.make_share(factories.make_household(cast.farm, "Eve"), cast.full, site=cast.market, at=LATER)


AT_MARKET = [
    ("Abel", "Not this week, held: 1 × Full share"),
    ("Brandt", "Moved to School gate: 1 × Full share"),
    ("Chen", "1 × Full share · 2 × Half share; before: 1 × Full share · 1 × Half share"),
    ("Dupont", "Collects: Ida"),
    ("Eve", "New: 1 × Full share"),
]


def test_the_next_lists_begin_with_who_changed_what_and_when(cast, names):
    harvest = publish(make_harvest(cast, both=True))
    everything_happens(cast, names)
    publish(harvest, at=LATER)
    market = text_of(bytes(harvest.current.printed.get(kind="site", day__site=cast.market).pdf))
    box = market.split("Changes since version 1.1 of")[1].split("Who collects")[0]
    for who, what in AT_MARKET:
        assert f"{who} {what.split(' · ')[0]}" in box
    assert len(re.findall(r"\d\d:\d\d", box.split("\n", 1)[1].split("Tuesday")[0])) >= 5
    school = text_of(bytes(harvest.current.printed.get(kind="site", day__site=cast.school).pdf))
    assert "Brandt Moved here from Tuesday Market: 1 × Full share" in school
    packing = text_of(bytes(harvest.current.printed.get(kind="packing").pdf))
    assert "Tuesday Market Full share: 3, before 4" in packing
    assert "Version 2.2 · printed" in packing


def test_the_lists_page_tells_the_same_and_so_does_the_slip(cast, names, as_fern):
    publish(make_harvest(cast, both=True))
    assert "None: the lists are as they were printed." in as_fern.get(LISTS).content.decode()
    everything_happens(cast, names)
    answer = as_fern.get(LISTS)
    market, school = answer.context["news"].sites
    assert [(line.name, line.what) for line in market.lines] == AT_MARKET
    assert [(line.name, line.what) for line in school.lines] == [
        ("Brandt", "Moved here from Tuesday Market: 1 × Full share")
    ]
    assert {bool(line.when) for line in market.lines} == {True}
    slip = as_fern.get(f"{LISTS}{cast.market.pk}/changes.pdf")
    text = " ".join(text_of(slip.content).split())
    for who, what in AT_MARKET:
        assert f"{who} {what.split(' · ')[0]}" in text
    assert len(sizes_of(slip.content)) == 1
    every = as_fern.get(f"{LISTS}changes.pdf")
    assert len(sizes_of(every.content)) == 2
    assert "School gate · Changes since version 1.1" in text_of(every.content).split("Page 1 of 2")[1]


def test_a_friend_who_collects_no_more_is_off_the_list(cast, names, client, as_fern):
    day = day_at(cast, cast.market)
    ida = friends.appoint(household=names["Dupont"], name="Ida", day=day, by=None, at=factories.NOW)
    publish(make_harvest(cast, both=True))
    friends.dismiss(household=names["Dupont"], number=ida.pk, at=LATER)
    late = client.get(f"/c/{host_links.live_link(day=day, at=factories.NOW).token}/").context["late"]
    for news in (late, as_fern.get(LISTS).context["news"].sites[0]):
        assert [(line.name, line.what) for line in news.lines] == [("Dupont", "Collects itself")]


def test_when_a_hold_was_taken_back_stands_beside_who_is_due_again(cast, names, as_fern):
    told = {"household": names["Abel"], "day": day_at(cast, cast.market), "by": None}
    changes.hold(at=factories.NOW, **told)
    publish(make_harvest(cast, both=True), at=factories.NOW + timedelta(minutes=1))
    changes.undo(at=LATER, **told)
    [line] = as_fern.get(LISTS).context["news"].sites[0].lines
    assert (line.name, line.what, bool(line.when)) == ("Abel", "New: 1 × Full share", True)


def test_whoever_came_unexpected_stands_on_the_slip(cast, names, as_fern):
    publish(make_harvest(cast))
    facts = {"came_at": LATER, "received_at": LATER, "uuid": "7b0f0a52-6d2e-4b28-9a8f-5d7d0a3a1d11"}
    WalkUp.objects.create(day=day_at(cast, cast.market), name="Zoë", took="2 lettuces", **facts)
    text = " ".join(text_of(as_fern.get(f"{LISTS}{cast.market.pk}/changes.pdf").content).split())
    assert "Zoë Came without standing on the list. Took: 2 lettuces" in text


def test_the_host_s_screen_tells_what_changed_since_the_list_was_printed(cast, names, client):
    publish(make_harvest(cast, both=True))
    day = day_at(cast, cast.market)
    link = host_links.live_link(day=day, at=factories.NOW)
    assert client.get(f"/c/{link.token}/").context["late"] is None
    everything_happens(cast, names)
    late = client.get(f"/c/{link.token}/").context["late"]
    told = {line.name: line.what for line in late.lines}
    assert (told["Abel"], told["Brandt"]) == (AT_MARKET[0][1], AT_MARKET[1][1])
    assert (told["Dupont"], told["Eve"]) == ("Collects: Ida", "New: 1 × Full share")
    school = host_links.live_link(day=day_at(cast, cast.school), at=factories.NOW)
    (line,) = client.get(f"/c/{school.token}/").context["late"].lines
    assert (line.name, line.what) == ("Brandt", "Moved here from Tuesday Market: 1 × Full share")


def test_what_is_agreed_after_the_deadline_reaches_the_host_s_screen_the_slip_and_the_figures(
    cast, names, as_sam, as_fern, client, clock
):
    """Through the doors: the week is over for changes, the list is printed, Sam writes, the farmer agrees."""
    factories.make_share(cast.sams, cast.full, site=cast.market)
    day = day_at(cast, cast.market)
    rosters.draw_up(day=day, at=day.deadline_at)
    publish(make_harvest(cast), at=day.deadline_at)
    clock(day.deadline_at + timedelta(hours=1))
    assert press(as_sam, "ask", day, page="/my/week/2027-06-08/", words="We are ill.").status_code == 302
    wish = LateWish.objects.get()
    answer = {"wish": wish.pk, "action": "accept"}
    assert as_fern.post("/f/cedar-bend-farm/desk/wishes/", answer).status_code == 302
    told = ("Castillo–Reyes", "Not this week, held: 1 × Full share")
    page = client.get(f"/c/{host_links.live_link(day=day, at=factories.NOW).token}/")
    assert [(line.name, line.what) for line in page.context["late"].lines] == [told]
    assert " ".join(told) in text_of(as_fern.get(f"{LISTS}{cast.market.pk}/changes.pdf").content)
    why = as_fern.get(f"{LISTS}why/?site={cast.market.pk}&type={cast.full.pk}").context["sum"]
    assert [(step.count, step.words) for step in why.steps] == [(5, "shares sold for here"), (-1, "held")]
    assert why.total == 4


def test_an_unchanged_roster_keeps_its_version_and_says_that_nothing_changed(cast, names):
    harvest = publish(make_harvest(cast, both=True))
    publish(harvest, at=LATER)
    assert set(PrintedRoster.objects.values_list("allocation__number", "version")) == {(1, 1), (2, 1)}
    text = text_of(bytes(harvest.current.printed.get(kind="site", day__site=cast.market).pdf))
    assert re.search(r"Changes since version 1\.1 of [^\n]* None\.", text)


def test_the_first_list_of_a_week_is_compared_with_the_week_before(cast, names):
    publish(make_harvest(cast))
    Change.objects.create(
        share=names["Abel"].shares.get(), kind="hold", becomes="move", made_at=LATER,
        day=PickupDay.objects.get(week__number=2, site=cast.market),
    )  # fmt: skip
    harvest = publish(make_harvest(cast, {"Carrots": "9 kg"}, date=TUESDAY + timedelta(weeks=1)), at=LATER)
    text = text_of(bytes(harvest.current.printed.get(kind="site").pdf))
    assert "Changes since week 1" in text
    assert "Abel Not this week, held: 1 × Full share" in text


def test_more_than_a_few_changes_leave_the_totals_on_top_and_are_named_at_the_sheet_s_end(cast):
    with_shares(cast, full=2, half=0)
    harvest = publish(make_harvest(cast))
    with_shares(cast, full=print_news.FEW + 1, half=0)
    publish(harvest, at=LATER)
    sheet = text_of(bytes(harvest.current.printed.get(kind="site").pdf))
    head, rest = sheet.split("Who collects")
    assert "9 households more: named at the end of this list." in head
    assert ("To take" in head, head.count("New:"), rest.count("New: 1 × Full share")) == (True, 0, 9)


def test_more_changes_than_anybody_reads_are_counted(cast):
    harvest = publish(make_harvest(cast))
    with_shares(cast, full=since_words.MOST + 1, half=0)
    (site,) = lists_page.news_of(divisions.preview(harvest)[0]).sites
    assert (list(site.lines), site.counted) == ([], "41 households more")


def test_a_slip_is_not_found_before_anything_was_printed(cast, as_fern):
    make_harvest(cast)
    assert as_fern.get(f"{LISTS}{cast.market.pk}/changes.pdf").status_code == 404
    assert as_fern.get(f"{LISTS}changes.pdf").status_code == 404
    assert as_fern.get(f"{LISTS}999/swaps.pdf").status_code == 404
