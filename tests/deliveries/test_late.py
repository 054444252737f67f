"""After the deadline: a share may still be given away, and the farm may be asked for a hold or another day."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest

from deliveries.changing import cancellations, changes, late
from deliveries.changing.cases import ChangeRefused, DayCancelled, DayFull, DeadlinePassed, NothingDue, WrongDay
from deliveries.changing.late import AnsweredAlready, AskedAlready
from deliveries.checking_in import checkins
from deliveries.due import rosters
from deliveries.models import Change, CheckIn, LateWish, Pickup
from farms.models import HoldBecomes, PickupDay, SeasonSite
from people.models import Letter
from shares.money.credits import credit_of
from tests import factories
from tests.deliveries.test_changes import at_once, day_of, due, standing
from tests.deliveries.test_holds_and_gifts import food_bank, names_on, share  # noqa: F401  (fixtures)
from tests.deliveries.test_my import buttons, press, words

WEEK_3 = "/my/week/2027-06-22/"
PATIENCE = 1.0  # seconds a tick waits for who must wait for the tick


@pytest.fixture
def closed(cast, share, clock):  # noqa: F811
    """Week 3 is drawn up, an hour after its deadline."""
    day = day_of(cast, 3)
    rosters.draw_up(day=day, at=day.deadline_at)
    at = day.deadline_at + timedelta(hours=1)
    clock(at)
    return at


def ask(cast, *, at, to_day=None, words: str = "", household=None) -> LateWish:
    kind = "move" if to_day else "hold"
    who = {"household": household or cast.sams, "by": cast.sam, "at": at}
    return late.ask(day=day_of(cast, 3), kind=kind, to_day=to_day, words=words, **who)


def accept(cast, wish, *, at, answer: str = "") -> None:
    wish = LateWish.objects.select_related("household", "day__week__season__farm", "day__site").get(pk=wish.pk)
    late.accept(wish=wish, answer=answer, by=cast.fern, at=at)


def give(cast, at) -> None:
    late.give_late(household=cast.sams, day=day_of(cast, 3), by=cast.sam, at=at)


def take_back(cast, at) -> None:
    late.take_back(household=cast.sams, day=day_of(cast, 3), by=cast.sam, at=at)


def collect(cast) -> None:
    pickup, when = Pickup.objects.get(), day_of(cast, 3).starts_at
    CheckIn.objects.create(pickup=pickup, uuid=uuid.uuid4(), action="collected", tapped_at=when, received_at=when)


def test_what_is_given_late_goes_to_the_farm_s_place_and_comes_back_until_the_pickup_begins(cast, closed, food_bank):  # noqa: F811
    for _ in range(2):
        give(cast, closed)
    assert (names_on(cast, 3), standing(cast)) == ([("Food bank", True)], [("gift", 3, None)])
    day = day_of(cast, 3)
    with pytest.raises(DeadlinePassed):
        take_back(cast, day.starts_at)
    for _ in range(2):
        take_back(cast, day.starts_at - timedelta(seconds=1))
    assert (names_on(cast, 3), standing(cast)) == ([("Castillo–Reyes", False)], [])
    given, undone = Letter.objects.order_by("pk").values_list("text", flat=True)
    assert "You can take it back until the pickup begins, 17:00." in given
    assert "You can change it until" not in undone
    give(cast, day.ends_at - timedelta(seconds=1))
    assert names_on(cast, 3) == [("Food bank", True)]


def test_what_another_household_was_promised_is_not_taken_back(cast, share, as_sam, food_bank, clock):  # noqa: F811
    cast.season.gifts_first_to_households = True
    cast.season.save()
    noor = factories.make_household(cast.farm, "Noor", takes_gifts=True)
    factories.make_share(noor, cast.half, site=cast.market)
    day = day_of(cast, 3)
    changes.give(household=cast.sams, day=day, by=cast.sam, at=factories.NOW)
    rosters.draw_up(day=day, at=day.deadline_at)
    clock(day.deadline_at + timedelta(hours=1))
    assert "take_back" not in buttons(as_sam.get(f"/my/week/{day.date}/"))
    with pytest.raises(DeadlinePassed):
        take_back(cast, day.deadline_at + timedelta(hours=1))
    assert sorted(row.name for row in rosters.expected([day_of(cast, 3)]).rows) == ["Noor", "Noor"]


def test_a_share_that_was_collected_or_whose_pickup_is_over_is_not_given_away(cast, closed, food_bank):  # noqa: F811
    with pytest.raises(DeadlinePassed):
        give(cast, day_of(cast, 3).ends_at)
    collect(cast)
    with pytest.raises(NothingDue):
        give(cast, closed)
    assert not Change.objects.exists()


def test_a_roster_that_nobody_drew_up_yet_is_drawn_up_first(cast, share, food_bank):  # noqa: F811
    give(cast, day_of(cast, 3).deadline_at)
    assert names_on(cast, 3) == [("Food bank", True)]


def test_a_hold_that_the_farm_accepts_takes_the_share_off_the_roster(cast, closed):
    wish = ask(cast, at=closed, words="We are ill")
    assert due(cast, 3) == 1
    accept(cast, wish, at=closed, answer="Get well")
    assert (due(cast, 3), standing(cast)) == (0, [("hold", 3, None)])
    to_farm, to_household = Letter.objects.get(kind="wish"), Letter.objects.get(kind="wish_answered")
    assert to_farm.to_email == cast.fern.email
    assert "We are ill" in to_farm.text
    assert "/f/cedar-bend-farm/desk/wishes/" in to_farm.text
    assert to_household.to_email == cast.sam.email
    assert to_household.subject == "Yes: your share of Tue 22 June is changed"
    assert "Get well" in to_household.text
    changes.move(household=cast.sams, day=day_of(cast, 3), to_day=day_of(cast, 6), by=None, at=closed)
    assert due(cast, 6) == 2


def test_a_move_that_the_farm_accepts_is_on_the_other_day_s_roster_drawn_up_or_not(cast, closed):
    friday = day_of(cast, 3, cast.school)
    accept(cast, ask(cast, at=closed, to_day=friday), at=closed)
    assert (due(cast, 3), due(cast, 3, cast.school), day_of(cast, 3, cast.school).moved_in) == (0, 1, 1)
    assert rosters.draw_up(day=friday, at=friday.deadline_at) == 1


def test_a_move_to_a_roster_already_drawn_up_adds_a_row(cast, closed):
    friday = day_of(cast, 3, cast.school)
    rosters.draw_up(day=friday, at=friday.deadline_at)
    accept(cast, ask(cast, at=closed, to_day=friday), at=closed)
    assert [(row.turn_of, row.moved) for row in rosters.expected([friday]).rows] == [(day_of(cast, 3).pk, True)]
    assert (due(cast, 3), Pickup.objects.count()) == (0, 1)


def test_a_move_accepted_while_the_other_roster_is_drawn_up_is_on_it(cast, closed, monkeypatch):
    wish = ask(cast, at=closed, to_day=day_of(cast, 4))
    places_drawn = late._places_drawn

    def meanwhile(*args, **facts):
        rosters.draw_up(day=day_of(cast, 4), at=day_of(cast, 4).deadline_at)
        return places_drawn(*args, **facts)

    monkeypatch.setattr(late, "_places_drawn", meanwhile)
    accept(cast, wish, at=closed)
    assert due(cast, 4) == 2


def test_an_accepted_hold_becomes_credit_at_once_under_that_rule(cast, closed):
    cast.season.hold_becomes = HoldBecomes.CREDIT
    cast.season.save()
    accept(cast, ask(cast, at=closed), at=closed)
    assert credit_of(cast.sams) == 2600


def test_a_declined_wish_leaves_everything_as_planned(cast, closed):
    wish = ask(cast, at=closed)
    late.decline(wish=wish, answer="Your box is packed", by=cast.fern, at=closed)
    assert (due(cast, 3), standing(cast)) == (1, [])
    letter = Letter.objects.get(kind="wish_answered")
    assert letter.subject == "Your share of Tue 22 June stays as planned"
    assert "Your box is packed" in letter.text


def test_what_is_refused_leaves_the_wish_open(cast, closed):
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=0)
    wish = ask(cast, at=closed, to_day=day_of(cast, 3, cast.school))
    with pytest.raises(DayFull):
        accept(cast, wish, at=closed)
    with pytest.raises(DeadlinePassed):
        accept(cast, wish, at=day_of(cast, 3).ends_at)
    collect(cast)
    with pytest.raises(NothingDue):
        accept(cast, wish, at=closed)
    assert LateWish.objects.get().answered_at is None
    assert (due(cast, 3), standing(cast)) == (1, [])


def test_only_what_is_closed_and_has_not_begun_is_asked_for_and_only_once(cast, closed):
    day = day_of(cast, 3)
    for at, refusal in ((day.deadline_at - timedelta(seconds=1), WrongDay), (day.starts_at, DeadlinePassed)):
        if at < day.deadline_at:
            type(day).objects.filter(pk=day.pk).update(drawn_up_at=None)
        with pytest.raises(refusal):
            ask(cast, at=at)
    for wrong in (day, day_of(cast, 2)):
        with pytest.raises(ChangeRefused):
            ask(cast, at=day.deadline_at + timedelta(hours=1), to_day=wrong)
    with pytest.raises(NothingDue):
        ask(cast, at=closed, household=factories.make_household(cast.farm))
    ask(cast, at=closed)
    with pytest.raises(AskedAlready):
        ask(cast, at=closed)
    late.take_wish_back(household=cast.sams, day=day, by=cast.sam, at=closed)
    ask(cast, at=closed)
    assert LateWish.objects.count() == 2


def test_another_farm_neither_sees_nor_answers_a_wish(cast, closed, as_olga):
    wish = ask(cast, at=closed, words="Grandmother is ill")
    there = "/f/other-farm/desk/wishes/"
    assert (as_olga.get(there).context["rows"], as_olga.get(there).context["answered"]) == ([], [])
    as_olga.post(there, {"wish": wish.pk, "action": "accept", "answer": "Gladly"})
    wish.refresh_from_db()
    assert (wish.answered_at, standing(cast)) == (None, [])
    late.decline(wish=wish, answer="", by=cast.fern, at=closed)
    assert as_olga.get(there).context["answered"] == []


def test_a_day_that_is_called_off_is_not_asked_about(cast, closed):
    cancellations.cancel_day(day=day_of(cast, 3), because="", by=None, at=closed)
    with pytest.raises(DayCancelled):
        ask(cast, at=closed)


def a_tick_and(act, cast, monkeypatch, *, at) -> list[object]:
    """A volunteer's tick that has found the household on the list and waits a moment for `act` before it is written."""
    found, done, write = threading.Event(), threading.Event(), checkins._write

    def slowly(rows):
        found.set()
        done.wait(PATIENCE)
        write(rows)

    def tick():
        day = PickupDay.objects.select_related("site__farm").get(pk=day_of(cast, 3).pk)
        entry = checkins.Entry(cast.sams.number, checkins.Tap(uuid.uuid4(), "collected"))
        return checkins.take_in(day=day, entries=[entry], by=None, link=None, at=at)[0].outcome

    def other():
        found.wait(10)
        try:
            return act()
        finally:
            done.set()

    monkeypatch.setattr(checkins, "_write", slowly)
    return at_once([tick, other])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["accept", "give", "call off"])
def test_a_tick_under_way_is_neither_deleted_nor_made_another_s(cast, closed, food_bank, monkeypatch, what):  # noqa: F811
    wish = ask(cast, at=closed) if what == "accept" else None
    acts = {
        "accept": lambda: accept(cast, wish, at=closed),
        "give": lambda: give(cast, closed),
        "call off": lambda: cancellations.cancel_day(day=day_of(cast, 3), because="", by=None, at=closed),
    }
    outcome, other = a_tick_and(acts[what], cast, monkeypatch, at=closed)
    assert outcome == checkins.KEPT
    assert isinstance(other, int if what == "call off" else NothingDue)
    assert CheckIn.objects.get().pickup.household == cast.sams


@pytest.mark.django_db(transaction=True)
def test_without_holding_its_rows_a_tick_under_way_would_be_lost(cast, closed, monkeypatch, on_postgres):
    if not on_postgres:
        pytest.skip("SQLite lets one writer in at a time")
    wish = ask(cast, at=closed)
    monkeypatch.setattr(checkins, "_held", lambda pickups: pickups.order_by("pk"))
    outcome, other = a_tick_and(lambda: accept(cast, wish, at=closed), cast, monkeypatch, at=closed)
    assert other is None
    assert outcome != checkins.KEPT or not CheckIn.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_wish_taken_back_accepted_and_declined_at_once_is_answered_once(cast, closed):
    wish = ask(cast, at=closed)
    whole = late.open_wishes(cast.farm)[0]
    results = at_once(
        [
            lambda: accept(cast, wish, at=closed),
            lambda: late.decline(wish=whole, answer="", by=None, at=closed),
            lambda: late.take_wish_back(household=cast.sams, day=day_of(cast, 3), by=None, at=closed) or 0 / 0,
        ]
    )
    refused = [result for result in results if isinstance(result, (AnsweredAlready, ZeroDivisionError))]
    assert len(refused) == 2
    assert LateWish.objects.get().answered_at == closed


def test_the_week_page_says_what_is_still_possible_and_the_desk_answers(cast, closed, as_sam, as_fern, food_bank):  # noqa: F811
    page = as_sam.get(WEEK_3)
    assert "Week 3 closed on Sun 20 June at 23:59. You can still send a friend or give it away." in words(page)
    assert buttons(page) == ["give_late", "friend", "ask"]
    sent = {"to_day": day_of(cast, 3, cast.school).pk, "words": "<b>Late train</b>"}
    assert press(as_sam, "ask", day_of(cast, 3), **sent).status_code == 302
    page = as_sam.get(WEEK_3)
    assert "You asked the farm to move it to Fri 25 June, School gate." in words(page)
    assert "ask" not in buttons(page)
    desk = as_fern.get("/f/cedar-bend-farm/desk/wishes/")
    assert "Move week 3 from Tue 22 June, Tuesday Market, to Fri 25 June, School gate." in words(desk)
    assert "&lt;b&gt;Late train" in desk.content.decode()
    wish = LateWish.objects.get()
    as_fern.post("/f/cedar-bend-farm/desk/wishes/", {"wish": wish.pk, "action": "accept", "answer": "Gladly"})
    assert "The farm agreed to what you asked. Gladly" in words(as_sam.get(WEEK_3))
    assert (due(cast, 3), due(cast, 3, cast.school)) == (0, 1)
    again = as_fern.post("/f/cedar-bend-farm/desk/wishes/", {"wish": wish.pk, "action": "decline"}, follow=True)
    assert "This was answered, or taken back, a moment ago." in words(again)


@pytest.mark.parametrize("to_day", ["abc", "0", "-1", "9" * 30, "1\x00"])
def test_a_forged_day_is_refused_beside_the_field(cast, closed, as_sam, to_day):
    page = press(as_sam, "ask", day_of(cast, 3), to_day=to_day)
    assert (page.status_code, "Error:" in words(page)) == (200, True)
    assert not LateWish.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"action": "accept", "wish": "abc"}, {"action": "burn"}, {"wish": "9" * 30}])
def test_a_forged_answer_answers_nothing(cast, closed, as_fern, sent):
    ask(cast, at=closed)
    assert as_fern.post("/f/cedar-bend-farm/desk/wishes/", sent).status_code in (302, 400)
    assert LateWish.objects.get().answered_at is None
