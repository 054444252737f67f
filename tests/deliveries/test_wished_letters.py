"""Letters nobody gets who has not asked for them."""

from datetime import datetime, time, timedelta

import pytest
from django.core.management import call_command

from deliveries.changing import changes
from deliveries.telling import wished_letters
from farms.models import Farm, PickupDay
from farms.seasons import last_day_of
from people.models import Letter, WantedLetter
from tests import factories
from tests.deliveries.harvesting import make_harvest, publish
from tests.factories import NOW


@pytest.fixture
def share(cast):
    return factories.make_share(cast.sams, cast.full, site=cast.market)


def day_of(cast, week=3):
    return PickupDay.objects.get(week__season=cast.season, week__number=week, site=cast.market)


def ask(client, cast, *kinds):
    client.force_login(cast.sam, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post("/my/settings/", {"name": "Sam", "language": "en", "letters": kinds})


def sweep(at):
    call_command("sweep", "write_wished_letters", at=at.isoformat())


def told(kind):
    return list(Letter.objects.filter(kind=kind).values_list("to_email", flat=True))


def test_who_asked_hears_a_day_before_the_week_closes_once(cast, share, client, capsys):
    ask(client, cast, "deadline")
    deadline = day_of(cast).deadline_at
    sweep(deadline - timedelta(hours=24, seconds=1))
    assert told("deadline") == []
    for _run in range(2):
        sweep(deadline - timedelta(hours=24))
    assert told("deadline") == ["sam@example.org"]


def test_who_did_not_ask_hears_nothing_and_may_stop_asking(cast, share, client, capsys):
    deadline = day_of(cast).deadline_at
    sweep(deadline - timedelta(hours=3))
    ask(client, cast, "deadline")
    ask(client, cast, "day_before")
    assert not WantedLetter.objects.exists()
    sweep(deadline - timedelta(hours=2))
    assert told("deadline") == []


def test_nothing_is_said_of_a_week_that_is_held(cast, share, client, capsys):
    ask(client, cast, "deadline")
    changes.hold(household=cast.sams, day=day_of(cast), by=cast.sam, at=NOW)
    sweep(day_of(cast).deadline_at - timedelta(hours=3))
    assert told("deadline") == []


def test_after_the_season_who_asked_hears_what_it_was_worth(cast, share, client, capsys):
    ask(client, cast, "season_report")
    last = last_day_of(cast.season.first_day, cast.season.length)
    noon = datetime.combine(last, time(12), tzinfo=cast.farm.zone)
    sweep(noon)
    assert told("season_report") == []
    sweep(noon + timedelta(days=1))
    sweep(noon + timedelta(days=2))
    assert told("season_report") == ["sam@example.org"]
    assert "Collected: 0 pickups\nHeld: 0 weeks" in Letter.objects.get(kind="season_report").text


def test_what_was_reported_is_not_added_up_again(cast, share, client, capsys, django_assert_num_queries):
    """The sweep comes every quarter of an hour for two weeks, for every household."""
    ask(client, cast, "season_report")
    noon = datetime.combine(last_day_of(cast.season.first_day, cast.season.length), time(12), tzinfo=cast.farm.zone)
    assert wished_letters.write_season_reports(at=noon + timedelta(days=1)) == 1
    with django_assert_num_queries(8):  # none of a turn or a box
        assert wished_letters.write_season_reports(at=noon + timedelta(days=1)) == 0


def test_who_asked_reads_what_the_farmer_writes_as_soon_as_the_week_is_published(cast, share, client, as_fern, capsys):
    ask(client, cast, "harvest_note")
    harvest = make_harvest(cast, {"Chard": "9 bunch"}, date=day_of(cast).date)
    answer = as_fern.post(
        f"/f/{cast.farm.slug}/desk/harvest/{harvest.date}/note/", {"note": "Hail & <b>luck</b>.\nEat!"}
    )
    assert answer.status_code == 302
    sweep(NOW)
    assert told("harvest_note") == []  # it is not published yet
    publish(harvest)
    for _run in range(2):
        sweep(NOW)
    letter = Letter.objects.get(kind="harvest_note")
    assert (letter.to_email, letter.may_stop) == ("sam@example.org", True)
    assert "Hail & <b>luck</b>.\nEat!" in letter.text
    assert "Hail &amp; &lt;b&gt;luck&lt;/b&gt;.<br>Eat!" in letter.html
    assert "Full share:\n  - Chard 9\xa0bunches" in letter.text


def test_a_week_without_words_is_no_occasion_and_too_many_words_are_told(cast, share, client, as_fern, capsys):
    ask(client, cast, "harvest_note")
    harvest = publish(make_harvest(cast, {"Chard": "9 bunch"}, date=day_of(cast).date))
    page = as_fern.post(f"/f/{cast.farm.slug}/desk/harvest/{harvest.date}/note/", {"note": "long " * 300})
    assert page.status_code == 422
    assert "long long" in page.content.decode()
    sweep(NOW)
    assert told("harvest_note") == []


def test_the_farmer_s_words_stand_in_the_letter_of_the_day_before_and_on_the_week(cast, share, as_sam, as_fern, capsys):
    day = day_of(cast)
    harvest = publish(make_harvest(cast, {"Chard": "9 bunch"}, date=day.date))
    as_fern.post(f"/f/{cast.farm.slug}/desk/harvest/{harvest.date}/note/", {"note": "Hail & luck."})
    call_command("sweep", "write_reminders", at=(day.starts_at - timedelta(hours=20)).isoformat())
    assert "Hail & luck." in Letter.objects.get(kind="day_before").text
    assert "Hail &amp; luck." in as_sam.get(f"/my/week/{day.date}/").content.decode()


def _another_farm_with_sam_at_it(cast, olga):
    farm = olga.staffed.get().farm
    season = farm.seasons.get()
    theirs = factories.make_household(farm, user=cast.sam)
    factories.make_share(theirs, season.share_types.get())
    return farm


@pytest.mark.parametrize("kind", ["deadline", "season_report", "day_before", "hold_lapses"])
def test_a_farm_of_which_nothing_can_be_written_keeps_no_other_from_its_letters(
    cast, share, client, olga, kind, capsys, caplog
):
    """The first farm's clock is one that there is not: its letters fail, each by itself, and the log says of which."""
    farm = _another_farm_with_sam_at_it(cast, olga)
    ask(client, cast, kind)
    changes.hold(household=cast.sam.households.get(farm=farm), day=_day_at(farm, 3), by=cast.sam, at=NOW)
    changes.hold(household=cast.sams, day=day_of(cast, 3), by=cast.sam, at=NOW)
    at = {
        "deadline": day_of(cast, 5).deadline_at - timedelta(hours=3),
        "day_before": day_of(cast, 5).starts_at - timedelta(hours=20),
        "hold_lapses": day_of(cast, 25).deadline_at - timedelta(days=3),
        "season_report": day_of(cast, 25).ends_at + timedelta(days=8),
    }[kind]
    Farm.objects.filter(pk=cast.farm.pk).update(timezone="Atlantis/Capital")
    name = {"day_before": "write_reminders", "hold_lapses": "write_hold_letters"}.get(kind, "write_wished_letters")
    call_command("sweep", name, at=at.isoformat())
    letter = Letter.objects.get(kind=kind)
    assert letter.from_name == farm.name
    failed = [record for record in caplog.records if record.levelname == "ERROR"]
    own = {*PickupDay.objects.filter(site__farm=cast.farm).values_list("pk", flat=True), cast.season.pk}
    assert failed
    assert {record.args[0] for record in failed} <= own


def _day_at(farm, week):
    return PickupDay.objects.get(site__farm=farm, week__number=week)
