"""The hours ledger: agreed, worked, corrected, given."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community import hours, shifts
from community.hours import HoursRefused, Standing
from community.models import HoursEntry
from tests import factories
from tests.community.test_shifts import BACKEND, make_helper, make_shift
from tests.factories import NOW


@pytest.fixture
def worked(cast):
    """Sam stood on a shift of three hours that is over."""
    shift = make_shift(cast)
    mine = shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    hours.write_hours_worked(at=shift.ends_at)
    return mine


def test_a_shift_that_is_over_becomes_hours_once(cast, worked, capsys):
    after = worked.shift.ends_at + timedelta(hours=1)
    call_command("sweep", "write_hours_worked", at=after.isoformat())
    assert hours.standing_of(cast.sams, cast.season) == Standing(agreed=0, worked=180, given=0, received=0)


def test_hours_count_in_the_season_of_their_day_though_the_next_one_is_on_sale(cast, client):
    client.force_login(cast.sam, backend=BACKEND)
    after = cast.season.first_day + timedelta(weeks=52)
    following = factories.make_season(cast.farm, [cast.market], first_day=after, name="Summer 2028")
    for begins in (NOW, NOW + timedelta(days=14), NOW + timedelta(days=300), NOW + timedelta(days=380)):
        shifts.sign_up(shift=make_shift(cast, begins=begins), household=cast.sams, user=cast.sam, at=NOW - timedelta(1))
    assert hours.write_hours_worked(at=NOW + timedelta(days=400)) == 4
    worked = [hours.standing_of(cast.sams, season).worked for season in (cast.season, following)]
    assert worked == [360, 360]  # between two seasons the work is for the next
    assert client.get("/my/shifts/").context["season"] == cast.season


def test_nobody_has_worked_before_the_end_nor_on_a_shift_called_off(cast):
    shift = make_shift(cast)
    shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    assert hours.write_hours_worked(at=shift.ends_at - timedelta(seconds=1)) == 0
    shifts.call_off(shift=shift, because="Rain", at=NOW)
    assert hours.write_hours_worked(at=shift.ends_at) == 0


def test_the_farmer_corrects_and_the_ledger_keeps_both_lines(cast, worked, client, clock):
    clock(worked.shift.ends_at)
    client.force_login(cast.fern, backend=BACKEND)
    address = f"/f/{cast.farm.slug}/desk/shifts/{worked.shift_id}/"
    for said in ("1,5", "1.5", "0"):
        client.post(address, {"act": "hours", "person": worked.pk, "hours": said})
    assert [(entry.kind, entry.minutes) for entry in HoursEntry.objects.all()] == [
        ("worked", 180), ("corrected", -90), ("corrected", -90),
    ]  # fmt: skip
    assert hours.standing_of(cast.sams, cast.season).worked == 0


@pytest.mark.parametrize("wrong", ["-1", "25", "many", "", "1e5"])
def test_hours_that_cannot_be_are_refused(cast, worked, client, clock, wrong):
    clock(worked.shift.ends_at)
    client.force_login(cast.fern, backend=BACKEND)
    form = {"act": "hours", "person": worked.pk, "hours": wrong}
    assert client.post(f"/f/{cast.farm.slug}/desk/shifts/{worked.shift_id}/", form).status_code == 200
    assert HoursEntry.objects.count() == 1


def test_agreed_hours_stand_against_those_done(cast, worked, client):
    client.force_login(cast.fern, backend=BACKEND)
    factories.make_share(cast.sams, cast.full)
    address = f"/f/{cast.farm.slug}/desk/hours/"
    client.post(address, {"household": cast.sams.pk, "hours": "10"})
    where = hours.standing_of(cast.sams, cast.season)
    assert (where.agreed, where.to_do) == (600, 420)
    table = client.get(f"{address}?format=csv").content.decode("utf-8-sig")
    assert f"{cast.sams.number},{cast.sams.name},10.0,3.0,0.0,0.0,7.0" in table


def test_hours_are_given_by_number_and_once(cast, worked, client):
    _lee, lees = make_helper(cast)
    client.force_login(cast.sam, backend=BACKEND)
    form = {"act": "give", "number": lees.number, "hours": "2", "token": str(uuid.uuid4())}
    for _click in range(2):
        client.post("/my/shifts/", form)
    assert hours.standings(cast.season) == {
        cast.sams.pk: Standing(0, 180, 120, 0),
        lees.pk: Standing(0, 0, 0, 120),
    }


@pytest.mark.parametrize(
    ("number", "amount", "field"),
    [("own", "1", "number"), ("7777", "1", "number"), ("lee", "3.25", "hours"), ("lee", "-1", "hours"),
     ("x", "1", "number")],
)  # fmt: skip
def test_what_one_does_not_have_cannot_be_given(cast, worked, client, number, amount, field):
    _lee, lees = make_helper(cast)
    client.force_login(cast.sam, backend=BACKEND)
    whose = {"own": cast.sams.number, "lee": lees.number}.get(number, number)
    form = {"act": "give", "number": whose, "hours": amount, "token": str(uuid.uuid4())}
    assert field in client.post("/my/shifts/", form).context["form"].errors
    assert HoursEntry.objects.count() == 1


def test_another_farm_s_household_a_place_and_oneself_get_none(cast, worked, olga):
    theirs = factories.make_household(olga.staffed.get().farm, "Theirs")
    food_bank = factories.make_household(cast.farm, "Food bank", is_place=True)
    for other in (theirs, food_bank, cast.sams):
        with pytest.raises(HoursRefused):
            hours.give(
                household=cast.sams, to=other, season=cast.season, minutes=60, token=uuid.uuid4(), by=cast.sam, at=NOW
            )
    assert HoursEntry.objects.count() == 1


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(gifts=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 400)), max_size=12))
def test_giving_makes_no_hours_and_nobody_falls_below_zero(cast, gifts):
    HoursEntry.objects.all().delete()
    homes = [cast.sams, *cast.farm.households.exclude(pk=cast.sams.pk)]
    while len(homes) < 3:
        homes.append(factories.make_household(cast.farm, f"Home {len(homes)}"))
    for home in homes:
        HoursEntry.objects.create(
            household=home, season=cast.season, kind="worked", minutes=300, at=NOW, key=f"start:{home.pk}"
        )
    for giver, taker, minutes in gifts:
        try:
            hours.give(
                household=homes[giver], to=homes[taker], season=cast.season, minutes=minutes, token=uuid.uuid4(),
                by=cast.sam, at=NOW,
            )  # fmt: skip
        except HoursRefused:
            continue
    found = hours.standings(cast.season)
    assert sum(one.balance for one in found.values()) == 900
    assert min(one.balance for one in found.values()) >= 0


def _give_at_once(cast, lees):
    def one(_n):
        try:
            hours.give(
                household=cast.sams, to=lees, season=cast.season, minutes=180, token=uuid.uuid4(), by=cast.sam, at=NOW
            )
        except HoursRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(one, range(8)))


@pytest.mark.django_db(transaction=True)
def test_the_same_hours_are_given_to_one_only(cast, worked):
    _lee, lees = make_helper(cast)
    assert _give_at_once(cast, lees) == 1
    assert hours.standing_of(cast.sams, cast.season).balance == 0


@pytest.mark.django_db(transaction=True)
def test_looking_first_and_giving_then_gives_the_same_hours_to_many(cast, worked, monkeypatch):
    """The twin: everybody looks before anybody has given."""
    _lee, lees = make_helper(cast)
    before = hours.standing_of(cast.sams, cast.season)
    monkeypatch.setattr(hours, "standing_of", lambda household, season: before)
    assert _give_at_once(cast, lees) == 8
