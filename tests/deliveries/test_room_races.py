"""A sale and a move want a day's last room at once: one of the two gets it."""

from __future__ import annotations

import threading
import uuid

import pytest

from deliveries.changing import cases, changes
from deliveries.changing.cases import DayFull
from farms.models import PickupDay, SeasonSite
from shares.buying.purchases import start_purchase
from shares.models import Order
from shares.prices.quotes import Line
from shares.prices.refusals import SiteFull
from tests import factories
from tests.factories import NOW
from tests.shares.test_purchase_races import all_at_once

PATIENCE = 1.0  # seconds the mover waits for a buyer who must wait for the mover


@pytest.mark.django_db(transaction=True)
def test_the_last_room_of_a_day_is_not_both_sold_and_moved_into(cast, monkeypatch):
    mover = factories.make_household(cast.farm)
    factories.make_share(mover, cast.full, site=cast.market)
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=1)
    days = PickupDay.objects.filter(week__season=cast.season, week__number=3)
    day, to_day = days.get(site=cast.market), days.get(site=cast.school)
    looked, bought, room = threading.Event(), threading.Event(), cases.room

    def slowly(day):
        free = room(day)
        looked.set()
        bought.wait(PATIENCE)
        return free

    def act(n):
        if n:
            looked.wait(10)
            try:
                return start_purchase(
                    household=cast.sams, season=cast.season, lines=[Line(cast.full, cast.school)], method="offline",
                    token=uuid.uuid4(), language="en", by=None, at=NOW,
                )  # fmt: skip
            finally:
                bought.set()
        return changes.move(household=mover, day=day, to_day=to_day, by=None, at=NOW)

    monkeypatch.setattr(cases, "room", slowly)
    results = all_at_once(act, 2)
    assert sum(isinstance(result, DayFull | SiteFull) for result in results) == 1
    assert [result for result in results if not isinstance(result, DayFull | SiteFull | Order | None)] == []
    place = SeasonSite.objects.get(season=cast.season, site=cast.school)
    assert place.taken_a + PickupDay.objects.get(pk=to_day.pk).moved_in == 1
