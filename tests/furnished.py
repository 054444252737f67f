"""The cast's farm in the middle of its third week, with something of everything in it: what pages are looked at with.

It is Monday 21 June 2027, 11:00 at the farm: the market's deadline was last night, its harvest is divided, two weeks
are past; someone holds, someone moved, a pickup was called off, an order waits for its money.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import F

from community import hours, shifts
from community.models import Shift
from deliveries.changing import cancellations, changes, friends, late
from deliveries.checking_in import unclaimed, walk_ups
from deliveries.checking_in.checkins import Tap, check_in_household
from deliveries.checking_in.host_links import live_link
from deliveries.checking_in.turnout import turnouts
from deliveries.due import feeds, rosters
from deliveries.models import FriendPass, Harvest, PrintedList
from deliveries.swap_table import swaps
from farms.models import Farm, Household, PickupDay, Season, StaffMember
from people.letter_links import stop_url
from shares.books import bank_reference
from shares.buying.purchases import start_purchase
from shares.in_parts import plans
from shares.models import Bid, OpenBook, Order, ShareType, SiteWish, WaitingPlace
from shares.money.settling import record_by_hand
from shares.prices.quotes import Line
from shares.solidarity import bids
from shares.solidarity.bidding import Amounts
from shares.transfers import bank
from tests import factories
from tests.deliveries.harvesting import make_harvest, publish

MONDAY = datetime(2027, 6, 21, 9, 0, tzinfo=UTC)
PLAN_DAYS = [date(2027, 7, 1), date(2027, 8, 1), date(2027, 9, 1)]
WEEKS = (date(2027, 6, 8), date(2027, 6, 15), date(2027, 6, 22))
CROPS = {"Carrots": "80.4 kg", "Chard": "30 bunch", "Lettuce": "7 head", "Potatoes": "60 kg"}


@dataclass
class Furnished:
    """Addresses by who goes there; `{name: path}` is for messages."""

    farm: Farm
    season: Season
    draft: Season
    paths: dict[str, list[str]]


def furnish(cast: Any, clock: Callable[[datetime], None], *, households: int = 12) -> Furnished:
    """Make all of it. `households` have a share besides Sam's."""
    clock(factories.NOW)
    settled = _buy(cast, cast.sams, [Line(cast.full, cast.market, "", 1), Line(cast.eggs, cast.market, "A", 1)])
    record_by_hand(
        order=settled, method="cash", amount=72500, note="At the gate", token=uuid.uuid4(), by=cast.fern,
        at=factories.NOW,
    )  # fmt: skip
    for number in range(households):
        kind, site = (cast.full, cast.half)[number % 2], (cast.market, cast.school)[number % 3 == 2]
        factories.make_share(factories.make_household(cast.farm, f"Household {number}"), kind, site=site)
    cast.season.costs, cast.season.terms = 4000000, "We share what grows."
    cast.season.cancel_until, cast.season.cancel_percent = date(2027, 7, 1), 10
    cast.season.save()
    waiting = _buy(cast, factories.make_household(cast.farm, "Noor"), [Line(cast.half, cast.school, "", 1)])
    _ways_to_pay(cast, waiting)
    _wait(cast, households)
    _people_change_weeks(cast)
    _hands_are_needed(cast)
    _weeks_pass(cast, clock)
    _people_are_late(cast)
    bid = _money_in_common(cast)
    draft = factories.make_season(cast.farm, [factories.make_site(cast.farm, "Library")], on_sale=False, name="Winter")
    factories.make_share_type(draft, "Winter share")
    StaffMember.objects.create(farm=cast.farm, user=factories.make_user(), role="packer", since=factories.NOW)
    clock(MONDAY)
    return Furnished(cast.farm, cast.season, draft, _paths(cast, draft, settled, waiting, bid))


def _money_in_common(cast: Any) -> Bid:
    """A share whose price may be chosen, a fund with something in it, an open book, and a bidding round."""
    ShareType.objects.filter(pk=cast.half.pk).update(lowest=25000, suggested=39000, highest=45000)
    gift = start_purchase(
        household=factories.make_household(cast.farm, "Gus"), season=cast.season, lines=[], method="offline",
        token=uuid.uuid4(), language="en", by=None, at=factories.NOW, donation=50000,
    )  # fmt: skip
    record_by_hand(order=gift, method="bank", amount=50000, note="", token=uuid.uuid4(), by=cast.fern, at=factories.NOW)
    cast.season.budget_lines.create(name="Seed", amount=4000000)
    OpenBook.objects.create(season=cast.season, published_at=factories.NOW)
    opened = bids.open_round(
        season=cast.season, types=[cast.full], budget=6000000, opens_at=factories.NOW,
        closes_at=MONDAY + timedelta(days=3), at=factories.NOW,
    )  # fmt: skip
    return bids.make_bid(
        opened=opened, household=cast.sams, share_type=cast.full, amounts=Amounts(60000, 65000, 70000), language="en",
        at=factories.NOW,
    )  # fmt: skip


def _ways_to_pay(cast: Any, waiting: Order) -> None:
    """A plan, a household that pays at each pickup (two are due), and a bank statement with a line that found its order
    and one that did not."""
    plans.make_plan(season=cast.season, name="By the month", deposit=20, days=PLAN_DAYS, at=factories.NOW)
    plans.allow_at_pickup(season=cast.season, allowed=True, at=factories.NOW)
    start_purchase(
        household=factories.make_household(cast.farm, "Amina"), season=cast.season, method="pickup", language="en",
        lines=[Line(cast.half, cast.school, "", 1)], token=uuid.uuid4(), by=None, at=factories.NOW,
    )  # fmt: skip
    rows = f"02.06.2027;Noor;{bank_reference.of_order(waiting)};100,00\n03.06.2027;Stall;thanks;80,00\n"
    content = f"Date;Name;Description;Amount\n{rows}".encode()
    bank.bring(farm=cast.farm, name="june.csv", content=content, by=cast.fern, at=factories.NOW)


def _wait(cast: Any, number: int) -> None:
    """People wait for eggs; the first of them has an offer."""
    at = factories.NOW
    for n in range(number + 1):
        facts = {"name": f"Wanda {n}", "email": f"w{n}@example.org", "since": at + timedelta(hours=n)}
        SiteWish.objects.create(place=cast.eggs.waiting_places.create(**facts), site=cast.market, rank=1)
    ShareType.objects.filter(pk=cast.eggs.pk).update(taken=F("taken") + 1)
    cast.eggs.waiting_places.filter(email="w0@example.org").update(
        offered_at=at, offered_until=MONDAY + timedelta(days=1), offered_site=cast.market, offered_turn="A"
    )


def _buy(cast: Any, household: Household, lines: list[Line]) -> Order:
    order = start_purchase(
        household=household, season=cast.season, lines=lines, method="offline", token=uuid.uuid4(), language="en",
        by=None, at=factories.NOW,
    )  # fmt: skip
    return Order.objects.get(pk=order.pk)


def _day(cast: Any, week: int, site: Any) -> PickupDay:
    return PickupDay.objects.get(week__season=cast.season, week__number=week, site=site)


def _people_change_weeks(cast: Any) -> None:
    market, school = cast.market, cast.school
    told = {"household": cast.sams, "by": cast.sam, "at": factories.NOW}
    changes.hold(day=_day(cast, 5, market), **told)
    changes.move(day=_day(cast, 6, market), to_day=_day(cast, 6, school), **told)
    changes.move(day=_day(cast, 8, market), to_day=_day(cast, 9, market), **told)
    cancellations.cancel_day(day=_day(cast, 4, market), because="Hail.", by=cast.fern, at=factories.NOW)
    cast.season.gifts_to = factories.make_household(cast.farm, "Food bank", is_place=True)
    cast.season.gifts_first_to_households = True
    cast.season.save()
    changes.give(day=_day(cast, 10, market), **told)
    friends.appoint(name="Ida", day=None, **told)
    feeds.renew(cast.sams, at=told["at"])


def _people_are_late(cast: Any) -> None:
    """After the market's deadline: wishes, and two items on the swap table."""
    day, told = _day(cast, 3, cast.market), {"by": cast.sam, "at": MONDAY}
    others = Household.objects.filter(pickups__day=day, pickups__share__household=F("pk")).exclude(pk=cast.sams.pk)
    boxes = swaps.boxes_on(swaps.days_with_season().get(pk=day.pk))
    for household, number in [(cast.sams, 0), *((other, 1) for other in others.distinct())]:
        if household != cast.sams:
            late.ask(household=household, day=day, kind="hold", to_day=None, words="Ill", **told)
        share = boxes.of(household.pk)[0]
        crops = sorted(boxes.items[share])
        wanted = [crops[1 - number]]
        swaps.offer(household=household, share=share, day=day, gives=crops[number], wanted=wanted, less=100, **told)
    swaps.run_rounds(MONDAY)


def _hands_are_needed(cast: Any) -> None:
    """Sam did one shift, is on two more and looks for a substitute for one of them; others need people."""
    wanted = ((1, "Check-in", True), (6, "Check-in", True), (7, "Packing", False), (8, "Weeding", False))
    for week, title, hosts in wanted:
        day = _day(cast, week, cast.market)
        shift = Shift.objects.create(
            farm=cast.farm, day=day, title=title, place=cast.market.name, needed=2, hosts=hosts,
            starts_at=day.starts_at, ends_at=day.ends_at, made_at=factories.NOW,
        )  # fmt: skip
        if week < 8:
            sign_up = shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=factories.NOW)
    shifts.seek_substitute(sign_up=sign_up, wanted=True, at=factories.NOW)
    hours.agree(household=cast.sams, season=cast.season, minutes=600)
    hours.write_hours_worked(at=MONDAY)


def _weeks_pass(cast: Any, clock: Callable[[datetime], None]) -> None:
    for when in WEEKS:
        for day in PickupDay.objects.filter(date=when):
            rosters.draw_up(day=day, at=day.deadline_at)
        harvest = publish(make_harvest(cast, CROPS, date=when), at=factories.NOW)
    Harvest.objects.filter(pk=harvest.pk).update(note="The hail missed us.\nEat the lettuce first.")
    past = _day(cast, 2, cast.market)
    for household in list(rosters.expected([past]).on(past))[:-1][:5]:  # one stays uncollected
        check_in_household(
            day=past, household=Household.objects.get(pk=household.household), by=None, link=None,
            tap=Tap(uuid.uuid4(), "collected", past.starts_at), at=past.starts_at + timedelta(minutes=3),
        )  # fmt: skip


def _a_pickup_ends(cast: Any) -> None:
    """The market of week 2: somebody came unexpected; what nobody collected is given away; the day is closed."""
    day = _day(cast, 2, cast.market)
    walk_ups.write_down(day=day, people=[walk_ups.Unexpected(uuid.uuid4(), "Nur", "a bag")], link=None, at=day.ends_at)
    missing = turnouts([day])[day.pk].missing
    fates = {caller.household: unclaimed.Fate("gift", place="The soup kitchen") for caller in missing}
    unclaimed.close(day=day, fates=fates, note="The key is under the pot.", link=None, by=cast.fern, at=day.ends_at)


def _paths(cast: Any, draft: Season, settled: Order, waiting: Order, bid: Bid) -> dict[str, list[str]]:
    farm = f"/f/{cast.farm.slug}/"
    desk, season, planned = f"{farm}desk/", f"{farm}desk/seasons/{cast.season.pk}/", f"{farm}desk/seasons/{draft.pk}/"
    _a_pickup_ends(cast)
    links = [live_link(day=_day(cast, week, cast.market), at=MONDAY).token for week in (3, 5, 2)]
    printed = PrintedList.objects.filter(allocation__harvest__date=WEEKS[2])
    assert printed.exists()
    wizard = ("when/", "where/", "what/", "check/")
    return {
        "nobody": [
            "/", "/farms/", "/farms/?q=nowhere", farm, f"{farm}join/", f"{farm}join/done/?order={settled.token}",
            f"{farm}join/done/?order={waiting.token}", "/accounts/login/", "/accounts/signup/",
            *(f"/c/{token}/" for token in links), f"/c/{links[0]}/?q=zz",
            f"/c/{links[0]}/closing/", f"/c/{links[0]}/paper/", f"/c/{links[0]}/list/",
            "/e/" + stop_url("day_before", "a@b.example").partition("/e/")[2], "/mail/", "/styleguide/",
            f"{farm}pay/?order={Order.objects.get(method='pickup').token}",
            *(f"/p/{token}/" for token in FriendPass.objects.values_list("token", flat=True)),
            f"{farm}bid/", f"{farm}bid/{bid.token}/", f"{farm}fund/", f"{farm}open-book/",
            f"{farm}wait/", f"{farm}gift/",
            *(f"/w/{token}/" for token in WaitingPlace.objects.order_by("-pk").values_list("token", flat=True)[:2]),
        ],
        "sam": [
            "/my/code/",
            "/my/", "/my/season/", *(f"/my/week/{day}/" for day in _weeks_of_sam()), "/my/share/", "/my/money/",
            "/my/settings/", "/my/people/", "/my/calendar/", "/my/data/", "/my/shifts/", f"{farm}join/",
            *(f"/my/share/{settled.shares.first().pk}/{page}/" for page in ("cancel", "change")),
            f"/my/order/{settled.pk}/cancel/",
        ],
        "oz": ["/my/", "/my/season/", "/home/", "/farms/new/"],
        "fern": [
            "/home/", desk, f"{desk}harvest/", f"{desk}harvest/2027-06-22/", f"{desk}harvest/2027-06-29/",
            f"{desk}harvest/2027-06-22/paste/", f"{desk}lists/", f"{desk}lists/2027-06-22/",
            f"{desk}lists/2027-06-22/why/", f"{desk}pickups/",
            f"{desk}pickups/2027-06-22/", f"{desk}pickups/2027-06-15/",
            f"{desk}pickups/2027-06-22/{cast.market.pk}/cancel/", f"{desk}people/", f"{desk}gifts/",
            f"{desk}pickups/2027-06-22/{cast.market.pk}/paper/", f"{desk}pickups/2027-06-15/{cast.market.pk}/closing/",
            f"{desk}waiting/",
            f"{desk}people/{cast.sams.number}/", f"{desk}people/{waiting.household.number}/", f"{desk}money/",
            f"{desk}money/late/", f"{desk}money/bank/", f"{desk}money/ways/", f"{season}pay/",
            *(f"{desk}money/bank/{pk}/" for pk in cast.farm.bank_statements.values_list("pk", flat=True)),
            f"{desk}money/reconcile/", f"{desk}fund/", f"{desk}bidding/", f"{desk}open-book/",
            f"{desk}money/journal/",
            f"{desk}shifts/", f"{desk}shifts/?past",
            *(f"{desk}shifts/{pk}/" for pk in Shift.objects.filter(farm=cast.farm).values_list("pk", flat=True)[:2]),
            f"{desk}hours/", f"{desk}messages/", f"{desk}wishes/", f"{season}rules/", f"{planned}rules/",
            f"{desk}settings/", f"{desk}seasons/", f"{desk}seasons/new/", f"{season}copy/",
            *(season + page for page in wizard), *(planned + page for page in wizard),
        ],
    }  # fmt: skip


def _weeks_of_sam() -> list[str]:
    """Past and collected, next, called off, held, moved elsewhere, moved to another week."""
    return ["2027-06-15", "2027-06-22", "2027-06-29", "2027-07-06", "2027-07-13", "2027-07-27", "2027-08-03"]
