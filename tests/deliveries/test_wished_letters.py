"""Letters nobody gets who has not asked for them."""

from datetime import datetime, time, timedelta

import pytest
from django.core.management import call_command

from deliveries import changes
from farms.models import PickupDay
from farms.seasons import last_day_of
from people.models import Letter, WantedLetter
from tests import factories
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
