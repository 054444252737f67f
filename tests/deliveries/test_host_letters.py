"""Whoever looks after a pickup gets its check-in link by themselves."""

from datetime import time, timedelta

import pytest
from django.core.management import call_command

from community import shifts
from community.models import Shift
from deliveries.checking_in.host_links import live_link, revoke
from deliveries.models import HostLink
from farms.models import PickupDay, StaffMember
from farms.seasons import instant
from people.models import Letter
from tests import factories
from tests.factories import NOW


@pytest.fixture
def day(cast):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    return PickupDay.objects.get(week__season=cast.season, week__number=1, site=cast.market)


def evening_before(day, **later):
    return instant(day.date - timedelta(days=1), time(18), day.week.season.farm.zone) + timedelta(**later)


def sweep(at):
    call_command("sweep", "write_host_letters", at=at.isoformat())


def told():
    return sorted(Letter.objects.filter(kind="host_link").values_list("to_email", flat=True))


def host_shift(cast, day):
    times = {"starts_at": day.starts_at, "ends_at": day.ends_at, "made_at": NOW}
    return Shift.objects.create(
        farm=cast.farm, day=day, title="Check-in", place=day.site.name, needed=2, hosts=True, **times
    )


def test_the_site_s_host_its_staff_and_who_signed_up_get_the_link_once(cast, day, capsys):
    cast.market.host_email = "host@example.org"
    cast.market.save()
    StaffMember.objects.create(
        farm=cast.farm, user=factories.make_user("staff@example.org"), role="host", site=cast.market, since=NOW
    )
    shifts.sign_up(shift=host_shift(cast, day), household=cast.sams, user=cast.sam, at=NOW)
    sweep(evening_before(day, seconds=-1))
    assert told() == []
    sweep(evening_before(day))
    sweep(evening_before(day, hours=1))
    assert told() == ["host@example.org", "sam@example.org", "staff@example.org"]
    letter = Letter.objects.get(to_email="sam@example.org")
    assert f"/c/{HostLink.objects.get(day=day).token}/" in letter.text
    assert "1 household comes." in letter.text


def test_who_signs_up_on_the_day_gets_it_then(cast, day, capsys):
    shift = host_shift(cast, day)
    sweep(evening_before(day))
    assert told() == []
    shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=evening_before(day, hours=20))
    sweep(evening_before(day, hours=20))
    assert told() == ["sam@example.org"]


def test_a_link_that_the_farm_revoked_is_not_made_again_by_the_sweep(cast, day, capsys):
    shifts.sign_up(shift=host_shift(cast, day), household=cast.sams, user=cast.sam, at=NOW)
    sweep(evening_before(day))
    revoke(day=day, at=evening_before(day))
    sweep(evening_before(day, hours=1))
    assert (told(), HostLink.objects.filter(revoked_at=None).count()) == (["sam@example.org"], 0)


def test_a_new_link_is_sent_anew(cast, day, capsys):
    shifts.sign_up(shift=host_shift(cast, day), household=cast.sams, user=cast.sam, at=NOW)
    sweep(evening_before(day))
    revoke(day=day, at=evening_before(day))
    live_link(day=day, at=evening_before(day))
    sweep(evening_before(day, hours=1))
    assert told() == ["sam@example.org"] * 2


def test_a_pickup_called_off_has_no_host(cast, day, capsys):
    shifts.sign_up(shift=host_shift(cast, day), household=cast.sams, user=cast.sam, at=NOW)
    PickupDay.objects.filter(pk=day.pk).update(cancelled_at=NOW)
    sweep(evening_before(day))
    assert told() == []
