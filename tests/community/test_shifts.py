"""Many hands: signing up, handing on, swapping, and what is written of it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, time, timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from django.core.management import call_command
from django.db import connection

from community import shifts
from community.models import Shift, SignUp, SwapProposal
from community.shifts import ShiftRefused
from farms.models import PickupDay
from people.formats import clock_range, day
from people.models import Letter, User
from tests import factories
from tests.factories import NOW

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
IN_A_WEEK = NOW + timedelta(days=7)


def make_shift(cast, *, needed=2, begins=IN_A_WEEK, title="Packing", **facts):
    times = {"starts_at": begins, "ends_at": begins + timedelta(hours=3), "made_at": NOW}
    return Shift.objects.create(farm=cast.farm, title=title, place="Barn", needed=needed, **times, **facts)


def make_helper(cast, name="Lee"):
    user = factories.make_user(f"{name.lower()}@example.org", name=name)
    return user, factories.make_household(cast.farm, name, user=user)


@pytest.fixture
def sam(cast, client):
    client.force_login(cast.sam, backend=BACKEND)
    return client


@pytest.fixture
def fern(cast, client):
    client.force_login(cast.fern, backend=BACKEND)
    return client


def press(client, **form):
    return client.post("/my/shifts/", form)


def told(answer):
    from django.contrib.messages import get_messages

    return [str(one) for one in get_messages(answer.wsgi_request)]


def letters(kind):
    return sorted(Letter.objects.filter(kind=kind).values_list("to_email", flat=True))


def test_somebody_signs_up_and_stands_on_the_shift(cast, sam):
    shift = make_shift(cast)
    assert "Packing" in sam.get("/my/shifts/").content.decode()
    press(sam, act="sign_up", shift=shift.pk)
    shift.refresh_from_db()
    assert (shift.taken, shift.sign_ups.get().user, shift.sign_ups.get().household) == (1, cast.sam, cast.sams)


def test_a_full_shift_is_refused_in_words(cast, sam):
    shift = make_shift(cast, needed=1)
    user, household = make_helper(cast)
    shifts.sign_up(shift=shift, household=household, user=user, at=NOW)
    assert told(press(sam, act="sign_up", shift=shift.pk)) == ["The last place went a moment ago."]
    assert SignUp.objects.count() == 1


def test_nobody_is_at_two_shifts_at_once(cast, sam):
    press(sam, act="sign_up", shift=make_shift(cast).pk)
    other = make_shift(cast, begins=IN_A_WEEK + timedelta(hours=2), title="Weeding")
    assert told(press(sam, act="sign_up", shift=other.pk))[-1] == "You are at another shift then: Packing."


def test_hands_are_sought_among_who_has_a_household_there_and_may_sign_in(cast):
    earlier = make_shift(cast, title="Earlier", begins=NOW + timedelta(hours=1), needed=4)
    helpers = {name: make_helper(cast, name) for name in ("Ann", "Gone", "Shut")}
    for user, household in helpers.values():
        shifts.sign_up(shift=earlier, household=household, user=user, at=NOW)
    helpers["Gone"][0].memberships.all().delete()
    User.objects.filter(pk=helpers["Shut"][0].pk).update(is_active=False)
    shift = make_shift(cast)
    call_command("sweep", "write_shift_letters", at=(shift.starts_at - timedelta(days=1)).isoformat())
    assert letters("shift_short") == ["ann@example.org"]


def test_a_shift_that_was_called_off_keeps_nobody_busy(cast, sam):
    off = make_shift(cast)
    press(sam, act="sign_up", shift=off.pk)
    shifts.call_off(shift=off, because="Rain", at=NOW)
    press(sam, act="sign_up", shift=make_shift(cast, title="Weeding").pk)
    assert list(SignUp.objects.standing().values_list("shift__title", flat=True)) == ["Packing", "Weeding"]


@pytest.mark.parametrize("whose", ["mine", "theirs"])
def test_nobody_swaps_into_a_shift_while_they_are_at_another(cast, whose):
    mine, theirs = _two_who_swap(cast)
    busy, wanted = (mine, theirs.shift) if whose == "mine" else (theirs, mine.shift)
    third = make_shift(cast, title="Driving", begins=wanted.starts_at + timedelta(hours=1))
    shifts.sign_up(shift=third, household=busy.household, user=busy.user, at=NOW)
    proposal = shifts.propose_swap(wanted=mine, offered=theirs, at=NOW)
    with pytest.raises(ShiftRefused, match="Driving"):
        shifts.answer_swap(proposal=proposal, accept=True, at=NOW)
    assert {mine, theirs} <= set(SignUp.objects.standing())


def test_another_farm_s_shift_is_not_found(cast, sam, olga):
    shift = make_shift(cast)
    Shift.objects.filter(pk=shift.pk).update(farm=olga.staffed.get().farm)
    assert press(sam, act="sign_up", shift=shift.pk).status_code == 404
    assert press(sam, act="sign_up", shift="x").status_code == 404
    lee, lees = make_helper(cast)
    theirs = SignUp.objects.create(shift=shift, household=lees, user=lee, signed_at=NOW, substitute_wanted_at=NOW)
    assert press(sam, act="take_over", sign_up=theirs.pk).status_code == 404
    assert press(sam, act="dance").status_code == 400


@pytest.mark.parametrize(("hours_before", "off"), [(49, True), (48, True), (47, False)])
def test_until_two_days_before_one_may_withdraw(cast, hours_before, off):
    shift = make_shift(cast)
    mine = shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    at = shift.starts_at - timedelta(hours=hours_before)
    if off:
        shifts.withdraw(sign_up=mine, at=at)
        shifts.withdraw(sign_up=mine, at=at)  # a double click frees one place
    else:
        with pytest.raises(ShiftRefused):
            shifts.withdraw(sign_up=mine, at=at)
    shift.refresh_from_db()
    assert shift.taken == (0 if off else 1)


def test_a_substitute_takes_over_without_the_coordinator(cast, sam, client):
    user, household = make_helper(cast)
    past = make_shift(cast, title="Earlier", begins=NOW + timedelta(hours=1))
    shifts.sign_up(shift=past, household=household, user=user, at=NOW)  # Lee helps at this farm
    shift = make_shift(cast, needed=1)
    mine = shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    press(sam, act="seek", sign_up=mine.pk)
    assert letters("shift_substitute") == ["lee@example.org"]
    client.force_login(user, backend=BACKEND)
    assert "A substitute is needed" in client.get("/my/shifts/").content.decode()
    press(client, act="take_over", sign_up=mine.pk)
    shift.refresh_from_db()
    assert (shift.taken, shift.sign_ups.standing().get().user) == (1, user)
    assert letters("shift_taken_over") == ["sam@example.org"]


def test_where_nobody_helped_before_everybody_is_asked_for_a_substitute_and_for_hands(cast, sam):
    lee, _household = make_helper(cast)
    shift = make_shift(cast, needed=2)
    mine = shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    press(sam, act="seek", sign_up=mine.pk)
    assert letters("shift_substitute") == [lee.email]
    call_command("sweep", "write_shift_letters", at=(shift.starts_at - timedelta(days=1)).isoformat())
    assert letters("shift_short") == [lee.email]


def test_nobody_on_the_shift_already_is_asked_to_be_the_substitute(cast, sam):
    shift = make_shift(cast, needed=2)
    lee, lees = make_helper(cast)
    make_helper(cast, "Ann")
    mine = shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    shifts.sign_up(shift=shift, household=lees, user=lee, at=NOW)
    press(sam, act="seek", sign_up=mine.pk)
    assert letters("shift_substitute") == ["ann@example.org"]


def test_who_does_not_look_for_a_substitute_keeps_the_place(cast, client):
    user, _household = make_helper(cast)
    mine = shifts.sign_up(shift=make_shift(cast), household=cast.sams, user=cast.sam, at=NOW)
    client.force_login(user, backend=BACKEND)
    assert press(client, act="take_over", sign_up=mine.pk).status_code == 404


def _two_who_swap(cast):
    user, household = make_helper(cast)
    mine = shifts.sign_up(shift=make_shift(cast), household=cast.sams, user=cast.sam, at=NOW)
    later = make_shift(cast, title="Weeding", begins=IN_A_WEEK + timedelta(days=1))
    theirs = shifts.sign_up(shift=later, household=household, user=user, at=NOW)
    shifts.seek_substitute(sign_up=mine, wanted=True, at=NOW)
    mine.refresh_from_db()
    return mine, theirs


def test_who_comes_after_all_is_not_replaced_by_a_page_left_open(cast):
    shift = make_shift(cast)
    mine = shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    shifts.seek_substitute(sign_up=mine, wanted=True, at=NOW)
    seen = SignUp.objects.select_related("shift__farm", "user").get(pk=mine.pk)
    shifts.seek_substitute(sign_up=seen, wanted=False, at=NOW)
    user, household = make_helper(cast)
    with pytest.raises(ShiftRefused, match="quicker"):
        shifts.take_over(sign_up=seen, household=household, user=user, at=NOW)
    assert [each.user for each in SignUp.objects.standing()] == [cast.sam]


@pytest.mark.django_db(transaction=True)
def test_a_double_click_offers_one_shift(cast):
    plan = shifts.Plan("Weeding", "Field", "", time(9), time(11), 2)
    on = IN_A_WEEK.date()
    _all_at_once([lambda: shifts.offer_once(farm=cast.farm, plan=plan, on=on, at=NOW) for _click in range(3)])
    days = list(PickupDay.objects.filter(site=cast.market)[:2])
    _all_at_once([lambda: shifts.offer_at_pickups(farm=cast.farm, plan=plan, days=days, at=NOW) for _click in range(3)])
    assert Shift.objects.count() == 3


def test_two_swap_their_shifts(cast, sam, client):
    mine, theirs = _two_who_swap(cast)
    client.force_login(theirs.user, backend=BACKEND)
    press(client, act="take_over", sign_up=mine.pk, offered=theirs.pk)
    assert letters("shift_swap") == ["sam@example.org"]
    swap = SwapProposal.objects.get()
    assert press(client, act="answer", swap=swap.pk, answer="yes").status_code == 404  # only Sam answers
    client.force_login(cast.sam, backend=BACKEND)
    assert told(press(client, act="answer", swap=swap.pk, answer="yes"))[-1] == "Swapped."
    standing = {each.shift.title: each.user for each in SignUp.objects.standing()}
    assert standing == {"Packing": theirs.user, "Weeding": cast.sam}
    assert letters("shift_swap_answered") == ["lee@example.org"]
    assert [shift.taken for shift in Shift.objects.all()] == [1, 1]
    assert told(press(client, act="answer", swap=swap.pk, answer="yes"))[-1] == "This swap was answered before."


def test_a_swap_changes_both_or_none(cast):
    mine, theirs = _two_who_swap(cast)
    proposal = shifts.propose_swap(wanted=mine, offered=theirs, at=NOW)
    shifts.withdraw(sign_up=theirs, at=NOW)
    with pytest.raises(ShiftRefused):
        shifts.answer_swap(proposal=proposal, accept=True, at=NOW)
    assert SignUp.objects.standing().get() == mine
    proposal.refresh_from_db()
    assert proposal.answered_at is None


def test_nobody_swaps_into_a_shift_that_was_called_off(cast):
    mine, theirs = _two_who_swap(cast)
    proposal = shifts.propose_swap(wanted=mine, offered=theirs, at=NOW)
    shifts.call_off(shift=theirs.shift, because="Rain", at=NOW)
    with pytest.raises(ShiftRefused, match="called off"):
        shifts.answer_swap(proposal=proposal, accept=True, at=NOW)
    assert set(SignUp.objects.standing()) == {mine, theirs}


def test_a_shift_is_called_off_and_everybody_told_once(cast, fern):
    shift = make_shift(cast)
    shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    address = f"/f/{cast.farm.slug}/desk/shifts/{shift.pk}/"
    assert "because" in fern.post(address, {"act": "call_off", "because": " "}).context["off"].errors
    for _click in range(2):
        fern.post(address, {"act": "call_off", "because": "Rain"})
    assert letters("shift_called_off") == ["sam@example.org"]
    assert "Rain" in Letter.objects.get(kind="shift_called_off").text


def test_fewer_are_needed_but_not_fewer_than_have_signed_up(cast, fern):
    shift = make_shift(cast)
    shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    user, household = make_helper(cast)
    shifts.sign_up(shift=shift, household=household, user=user, at=NOW)
    answer = fern.post(f"/f/{cast.farm.slug}/desk/shifts/{shift.pk}/", {"act": "needed", "needed": "1"})
    assert answer.context["needed"].errors["needed"] == ["More people have signed up already."]


FORM = {"title": "Check-in", "where": "", "on": "2027-06-15", "opens": "16:30", "closes": "20:00", "needed": "2"}


def test_a_shift_at_every_pickup_of_a_site(cast, fern):
    form = FORM | {"where": cast.market.pk, "every_week": "on", "hosts": "on"}
    for _click in range(2):
        fern.post(f"/f/{cast.farm.slug}/desk/shifts/", form)
    made = list(Shift.objects.all())
    assert len(made) == PickupDay.objects.filter(site=cast.market, week__number__gte=2).count() == 24
    assert {shift.starts_at.astimezone(cast.farm.zone).hour for shift in made} == {16}  # summer and winter
    assert all(shift.hosts and shift.day_id for shift in made)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"closes": "16:00"}, "closes"), ({"on": "2027-05-01"}, "on"), ({"on": "2027-02-30"}, "on"),
        ({"on": "0001-01-01"}, "on"), ({"needed": "0"}, "needed"), ({"needed": "1e9"}, "needed"),
        ({"title": "\u200b"}, "title"), ({"where": "7777"}, "where"), ({"opens": "25:00"}, "opens"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_beside_the_field(cast, fern, wrong, field):
    answer = fern.post(f"/f/{cast.farm.slug}/desk/shifts/", FORM | {"where": "farm", "note": "kept"} | wrong)
    assert field in answer.context["form"].errors
    assert "kept" in answer.content.decode()
    assert not Shift.objects.exists()


def test_a_day_without_pickup_has_no_shift_at_its_site(cast, fern):
    answer = fern.post(f"/f/{cast.farm.slug}/desk/shifts/", FORM | {"where": cast.market.pk, "on": "2027-06-16"})
    assert answer.context["form"].errors["on"] == ["This site has no pickup on that day."]


def _sweep(at: datetime):
    call_command("sweep", "write_shift_letters", at=at.isoformat())


def test_people_are_reminded_once_two_days_before(cast, capsys):
    shift = make_shift(cast, needed=1)
    shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    _sweep(shift.starts_at - timedelta(days=2, seconds=1))
    assert letters("shift_reminder") == []
    for _time in range(2):
        _sweep(shift.starts_at - timedelta(days=2))
    assert letters("shift_reminder") == ["sam@example.org"]
    letter = Letter.objects.get(kind="shift_reminder")
    times = clock_range(shift.starts_at, shift.ends_at, zone=cast.farm.timezone)
    assert f"{day(shift.starts_at, zone=cast.farm.timezone)}, {times}\n" in letter.text
    assert f'<bdi dir="ltr">{times}</bdi>' in letter.html


def test_missing_hands_are_told_to_the_farm_and_to_who_helped_before(cast, capsys):
    user, household = make_helper(cast)
    earlier = make_shift(cast, title="Earlier", begins=NOW + timedelta(hours=1))
    shifts.sign_up(shift=earlier, household=household, user=user, at=NOW)
    shift = make_shift(cast)
    shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    _sweep(shift.starts_at - timedelta(days=3))
    assert letters("shift_short_farm") == ["fern@cedarbend.example"]
    assert letters("shift_short") == ["lee@example.org"]  # Sam comes already


def _all_at_once(calls):
    def one(call):
        try:
            call()
        except ShiftRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(calls)) as pool:
        return sum(pool.map(one, calls))


@pytest.mark.django_db(transaction=True)
def test_the_last_place_of_a_shift_goes_to_one(cast):
    shift = make_shift(cast, needed=1)
    helpers = [make_helper(cast, f"Helper{n}") for n in range(8)]
    signed = _all_at_once(
        [lambda u=u, h=h: shifts.sign_up(shift=shift, household=h, user=u, at=NOW) for u, h in helpers]
    )
    assert (signed, SignUp.objects.standing().count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_without_its_guard_the_last_place_would_go_to_many(cast, monkeypatch):
    shift = make_shift(cast, needed=1)
    helpers = [make_helper(cast, f"Helper{n}") for n in range(8)]
    monkeypatch.setattr(shifts, "_take_place", lambda shift, at: None)
    assert (
        _all_at_once([lambda u=u, h=h: shifts.sign_up(shift=shift, household=h, user=u, at=NOW) for u, h in helpers])
        > 1
    )


@pytest.mark.django_db(transaction=True)
def test_one_substitute_takes_over(cast):
    mine = shifts.sign_up(shift=make_shift(cast, needed=1), household=cast.sams, user=cast.sam, at=NOW)
    shifts.seek_substitute(sign_up=mine, wanted=True, at=NOW)
    helpers = [make_helper(cast, f"Helper{n}") for n in range(8)]
    taken = _all_at_once(
        [lambda u=u, h=h: shifts.take_over(sign_up=mine, household=h, user=u, at=NOW) for u, h in helpers]
    )
    assert (taken, SignUp.objects.standing().count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_who_withdraws_while_a_substitute_comes_does_not_wait_for_them_in_a_ring(cast, monkeypatch):
    shift = make_shift(cast, needed=1)
    mine = shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    shifts.seek_substitute(sign_up=mine, wanted=True, at=NOW)
    user, household = make_helper(cast)
    both, end = Barrier(2), shifts._end

    def end_beside_the_other(sign_up, at, *, if_wanted=False):
        ended = None if if_wanted else end(sign_up, at)
        with suppress(BrokenBarrierError):
            both.wait(0.5)  # the other waits for this one's row, or for nobody
        return end(sign_up, at, if_wanted=True) if if_wanted else ended

    monkeypatch.setattr(shifts, "_end", end_beside_the_other)
    acts = [
        lambda: shifts.withdraw(sign_up=mine, at=NOW),
        lambda: shifts.take_over(sign_up=mine, household=household, user=user, at=NOW),
    ]
    assert _all_at_once(acts) >= 1  # anything but a refusal is raised
    shift.refresh_from_db()
    assert shift.taken == SignUp.objects.standing().count()


@pytest.mark.django_db(transaction=True)
def test_without_its_guard_many_substitutes_would_take_over(cast, monkeypatch):
    """The twin: nobody looks whether the place was handed on already."""
    mine = shifts.sign_up(shift=make_shift(cast, needed=1), household=cast.sams, user=cast.sam, at=NOW)
    shifts.seek_substitute(sign_up=mine, wanted=True, at=NOW)
    helpers = [make_helper(cast, f"Helper{n}") for n in range(3)]
    monkeypatch.setattr(shifts, "_end", lambda sign_up, at, *, if_wanted: True)
    taken = _all_at_once(
        [lambda u=u, h=h: shifts.take_over(sign_up=mine, household=h, user=u, at=NOW) for u, h in helpers]
    )
    assert taken == 3


def test_hands_that_go_missing_after_they_were_called_for_are_called_for_again(cast, capsys):
    user, household = make_helper(cast)
    shift = make_shift(cast, needed=2)
    mine = shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    _sweep(shift.starts_at - timedelta(days=3))
    assert letters("shift_short_farm") == ["fern@cedarbend.example"]
    late = shifts.sign_up(shift=shift, household=household, user=user, at=shift.starts_at - timedelta(days=3))
    shifts.withdraw(sign_up=late, at=shift.starts_at - timedelta(hours=60))
    assert letters("shift_short_farm") == ["fern@cedarbend.example"] * 2
    shifts.end_all(user=mine.user, at=shift.starts_at - timedelta(hours=1))  # later than one may withdraw
    assert letters("shift_short_farm") == ["fern@cedarbend.example"] * 3
    _sweep(shift.starts_at - timedelta(minutes=30))
    assert letters("shift_short_farm") == ["fern@cedarbend.example"] * 3


@pytest.mark.parametrize(
    ("on", "opens", "closes", "begins", "minutes"),
    [
        ("2028-03-26", "02:30", "03:15", "03:30", 45),  # 02:30 is not on that day's clock
        ("2028-03-26", "01:30", "03:30", "01:30", 60),
        ("2027-10-31", "02:30", "03:30", "02:30", 120),  # the first of two 02:30s
        ("2027-10-31", "02:15", "02:45", "02:15", 30),
    ],
)
def test_a_shift_in_the_night_the_clocks_change_is_as_the_clock_says(cast, fern, on, opens, closes, begins, minutes):
    form = FORM | {"where": "farm", "on": on, "opens": opens, "closes": closes}
    assert fern.post(f"/f/{cast.farm.slug}/desk/shifts/", form).status_code == 302
    shift = Shift.objects.get()
    local = shift.starts_at.astimezone(cast.farm.zone)
    assert (f"{local:%Y-%m-%d %H:%M}", shift.minutes) == (f"{on} {begins}", minutes)
    assert local.utcoffset() == timedelta(hours=1 if begins == "01:30" else 2)


@pytest.fixture
def two_at_once(cast):
    return make_shift(cast), make_shift(cast, begins=IN_A_WEEK + timedelta(hours=1), title="Weeding")


@pytest.mark.django_db(transaction=True)
def test_one_person_at_two_phones_is_at_one_shift_at_a_time(cast, two_at_once, monkeypatch):
    look, both_have_looked = shifts._refuse_if_busy, Barrier(2)

    def look_and_wait(*args, **kwargs):
        look(*args, **kwargs)
        with suppress(BrokenBarrierError):
            both_have_looked.wait(0.5)  # the other cannot: it waits for this one to be done

    monkeypatch.setattr(shifts, "_refuse_if_busy", look_and_wait)
    signed = _all_at_once([lambda one=one: _sign_up_sam(cast, one) for one in two_at_once])
    assert (signed, SignUp.objects.standing().count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_looking_first_and_signing_up_then_is_at_two_shifts_at_once(cast, two_at_once, monkeypatch):
    """The twin: both look whether the person is free, then both sign up."""
    look, both_have_looked = shifts._refuse_if_busy, Barrier(2)
    monkeypatch.setattr(shifts, "_refuse_if_busy", lambda user, shift: None)

    def look_then_sign_up(shift):
        look(cast.sam, shift)
        both_have_looked.wait()
        _sign_up_sam(cast, shift)

    assert _all_at_once([lambda one=one: look_then_sign_up(one) for one in two_at_once]) == 2


def _sign_up_sam(cast, shift):
    shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
