"""What a week on hold becomes is the farm's rule; a share given away is packed as ever, and somebody else gets it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from deliveries.changing import changes
from deliveries.changing.cases import DayCancelled, DeadlinePassed, NoHoldsLeft, NoPlaceForGifts
from deliveries.checking_in import gifts
from deliveries.checking_in.checkins import Tap, check_in_household
from deliveries.dividing.gathering import gather
from deliveries.due import rosters
from deliveries.models import Change, Pickup
from farms.models import HoldBecomes
from people.models import Letter
from shares.money.credits import credit_of
from tests import factories
from tests.deliveries.harvesting import make_harvest
from tests.deliveries.test_changes import day_of, due, hold, move, standing, undo
from tests.factories import NOW


@pytest.fixture
def share(cast):
    return factories.make_share(cast.sams, cast.full, site=cast.market)


@pytest.fixture
def food_bank(cast):
    place = factories.make_household(cast.farm, "Food bank", is_place=True)
    cast.season.gifts_to = place
    cast.season.save()
    return place


def rule(cast, becomes: str) -> None:
    cast.season.hold_becomes = becomes
    cast.season.save()


def give(cast, week: int, *, at=NOW, household=None) -> None:
    changes.give(household=household or cast.sams, day=day_of(cast, week), by=cast.sam, at=at)


def names_on(cast, week: int, site=None) -> list[tuple[str, bool]]:
    return [(row.name, row.given) for row in rosters.expected([day_of(cast, week, site)]).rows]


@pytest.mark.parametrize("to_week", [2, 9])
def test_a_held_week_is_made_up_in_another_one_before_or_after(cast, share, to_week):
    hold(cast, 3)
    move(cast, 3, to_week)
    assert (standing(cast), due(cast, 3), due(cast, to_week)) == ([("move", 3, to_week)], 0, 2)


def test_a_held_week_is_still_made_up_when_its_own_deadline_has_passed(cast, share):
    hold(cast, 3)
    later = day_of(cast, 3).deadline_at + timedelta(days=3)
    rosters.draw_up_rosters(later)
    move(cast, 3, 9, at=later)
    assert (due(cast, 3), due(cast, 9)) == (0, 2)
    with pytest.raises(DeadlinePassed):
        undo(cast, 3, at=later)


@pytest.mark.parametrize("becomes", [HoldBecomes.CREDIT, HoldBecomes.NOTHING])
def test_under_another_rule_a_held_week_is_closed_at_its_deadline(cast, share, becomes):
    rule(cast, becomes)
    hold(cast, 3)
    with pytest.raises(DeadlinePassed):
        move(cast, 3, 9, at=day_of(cast, 3).deadline_at)


def test_a_hold_keeps_the_rule_it_was_made_under(cast, share):
    hold(cast, 3)
    rule(cast, HoldBecomes.NOTHING)
    hold(cast, 4)
    assert [row.becomes for row in Change.objects.order_by("pk")] == ["makeup", "nothing"]
    move(cast, 3, 9, at=day_of(cast, 3).deadline_at)
    assert standing(cast) == [("move", 3, 9), ("hold", 4, None)]


def test_a_hold_becomes_credit_when_the_week_closes_and_not_when_it_was_undone(cast, share):
    rule(cast, HoldBecomes.CREDIT)
    hold(cast, 3)
    hold(cast, 4)
    undo(cast, 4)
    assert credit_of(cast.sams) == 0
    for week in (3, 4):
        rosters.draw_up(day=day_of(cast, week), at=day_of(cast, week).deadline_at)
    assert credit_of(cast.sams) == 2600  # 650.00 for 25 pickups


def test_where_holds_become_gifts_holding_is_giving_and_costs_no_hold(cast, share, food_bank):
    rule(cast, HoldBecomes.GIFT)
    cast.season.holds_allowed = 0
    cast.season.save()
    hold(cast, 3)
    assert standing(cast) == [("gift", 3, None)]


def test_what_is_given_away_is_packed_and_collected_by_the_farm_s_place(cast, share, food_bank):
    factories.make_share(cast.sams, cast.eggs, site=cast.market, turn="A")
    give(cast, 3)
    give(cast, 3)
    assert names_on(cast, 3) == [("Food bank", True)] * 2
    assert rosters.draw_up(day=day_of(cast, 3), at=day_of(cast, 3).deadline_at) == 2
    assert names_on(cast, 3) == [("Food bank", True)] * 2
    assert set(Pickup.objects.values_list("household", flat=True)) == {food_bank.pk}
    assert Letter.objects.get().subject == "You give away your share of week 3, Tue 22 June"


def test_a_gift_is_undone_until_the_deadline_and_twice_is_once(cast, share, food_bank):
    give(cast, 3)
    for _ in range(2):
        undo(cast, 3)
    assert (standing(cast), names_on(cast, 3)) == ([], [("Castillo–Reyes", False)])
    give(cast, 4)
    with pytest.raises(DeadlinePassed):
        undo(cast, 4, at=day_of(cast, 4).deadline_at)


def test_a_moved_share_is_given_away_where_it_was_moved_and_comes_back_there(cast, share, food_bank):
    move(cast, 3, 6, site=cast.school)
    give(cast, 3)
    assert (names_on(cast, 3), names_on(cast, 6, cast.school)) == ([], [("Food bank", True)])
    later = day_of(cast, 3).deadline_at + timedelta(hours=1)
    undo(cast, 3, at=later)
    assert (standing(cast), names_on(cast, 6, cast.school)) == ([("move", 3, 6)], [("Castillo–Reyes", False)])
    assert day_of(cast, 6, cast.school).moved_in == 1
    give(cast, 3)
    hold(cast, 3)
    assert (standing(cast), day_of(cast, 6, cast.school).moved_in) == ([("hold", 3, None)], 0)


def test_giving_needs_a_place_an_open_day_and_one_that_takes_place(cast, share):
    with pytest.raises(NoPlaceForGifts):
        give(cast, 3)
    cast.season.gifts_to = factories.make_household(cast.farm, "Food bank", is_place=True)
    cast.season.save()
    with pytest.raises(DeadlinePassed):
        give(cast, 3, at=day_of(cast, 3).deadline_at)
    cast.season.weeks.filter(number=4).update(skipped=True)
    with pytest.raises(DayCancelled):
        give(cast, 4)
    assert not Change.objects.exists()


def test_what_is_given_away_is_a_gift_once_it_was_collected(cast, share, food_bank):
    give(cast, 3)
    day = day_of(cast, 3)
    rosters.draw_up(day=day, at=day.deadline_at)
    assert gifts.given(cast.season).log == ()
    tap = Tap(uuid.uuid4(), "collected", day.starts_at)
    check_in_household(day=day, household=food_bank, tap=tap, by=cast.fern, link=None, at=day.starts_at)
    assert [(one.place, one.shares) for one in gifts.given(cast.season).log] == [("Food bank", 1)]


def test_giving_is_not_counted_as_a_hold(cast, share, food_bank):
    for week in (3, 4, 5):
        hold(cast, week)
    give(cast, 6)
    with pytest.raises(NoHoldsLeft):
        hold(cast, 7)
    undo(cast, 3)
    hold(cast, 6)
    assert standing(cast) == [("hold", 4, None), ("hold", 5, None), ("hold", 6, None)]


def test_gifts_go_first_to_households_that_asked_in_turn_and_the_rest_to_the_place(cast, share, food_bank):
    cast.season.gifts_first_to_households = True
    cast.season.save()
    takers = [factories.make_household(cast.farm, name, takes_gifts=True) for name in ("Noor", "Ada")]
    absent = factories.make_household(cast.farm, "Away", takes_gifts=True)
    for household, site in ((takers[0], cast.market), (takers[1], cast.market), (absent, cast.school)):
        factories.make_share(household, cast.half, site=site)
    givers = [factories.make_household(cast.farm, f"Giver {n}") for n in range(3)]
    for giver in givers:
        factories.make_share(giver, cast.full, site=cast.market)
    person = factories.make_user("noor@example.org")
    takers[0].memberships.create(user=person, since=NOW)

    def given(week: int) -> list[str]:
        return sorted(row.name for row in rosters.expected([day_of(cast, week)]).rows if row.given)

    give(cast, 3, household=givers[0])
    rosters.draw_up(day=day_of(cast, 3), at=day_of(cast, 3).deadline_at)
    assert given(3) == ["Noor"]
    letter = Letter.objects.get(kind="gift")
    assert (letter.to_email, letter.subject) == ("noor@example.org", "A share more for you on Tue 22 June")
    assert "Giver" not in letter.text + letter.html
    give(cast, 4, household=givers[0])
    rosters.draw_up(day=day_of(cast, 4), at=day_of(cast, 4).deadline_at)
    assert given(4) == ["Ada"]  # Noor had one already
    for giver in givers:
        give(cast, 5, household=giver)
    assert given(5) == ["Ada", "Food bank", "Noor"]


def test_a_given_share_counts_in_the_division_like_any_other(cast, share, food_bank):
    harvest = make_harvest(cast, {"Carrots": "10 kg"})
    give(cast, 1)
    assert [(cell.share_type, cell.count) for cell in gather(harvest).cells] == [(cast.full, 1)]


def test_the_page_offers_what_the_rule_allows_and_says_what_becomes_of_it(cast, share, as_sam, food_bank):
    from tests.deliveries.test_my import WEEK_3, buttons, press, states, words

    assert buttons(as_sam.get(WEEK_3))[:2] == ["hold", "give"]
    press(as_sam, "give", day_of(cast, 3))
    page = as_sam.get(WEEK_3)
    assert "Given away: somebody else eats it." in words(page)
    assert "It goes to Food bank." in words(page)
    assert "You can undo this until Sun 20 June, 23:59" in words(page)
    assert (buttons(page)[0], states(page)[2]) == ("undo", "gift")
    press(as_sam, "undo", day_of(cast, 3))
    assert states(as_sam.get(WEEK_3))[2] == "ahead"
    rule(cast, HoldBecomes.GIFT)
    page = as_sam.get(WEEK_3)
    assert buttons(page)[0] == "give"
    assert "This season’s weeks can be moved or given away, not held." in words(page)
    press(as_sam, "hold", day_of(cast, 3))
    assert standing(cast) == [("gift", 3, None)]
