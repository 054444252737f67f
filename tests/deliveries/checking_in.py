"""What check-in tests share: a pickup of the cast's farm with households, its link, and taps as a phone sends them."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from django.test import Client

from deliveries import host_links, rosters
from deliveries.models import HostLink
from farms.models import Household, PickupDay
from tests import factories


def day_of(cast, week: int = 1, site=None) -> PickupDay:
    days = PickupDay.objects.select_related("week__season", "site__farm")
    return days.get(week__season=cast.season, week__number=week, site=site or cast.market)


def households(cast, number: int) -> list[Household]:
    """Households with a full share at the market."""
    made = [factories.make_household(cast.farm) for _ in range(number)]
    for household in made:
        factories.make_share(household, cast.full, site=cast.market)
    return made


def link_to(day: PickupDay) -> HostLink:
    return host_links.live_link(day=day, at=factories.NOW)


def drawn_up(day: PickupDay) -> PickupDay:
    rosters.draw_up(day=day, at=day.deadline_at)
    return day


def tap(client: Client, link: HostLink, household: Household | int, action: str = "collected", **facts: Any):
    """A tap as a machine sends it; `at` is its clock."""
    number = household if isinstance(household, int) else household.number
    body: dict[str, Any] = {"uuid": str(uuid.uuid4()), "household": number, "action": action} | facts
    if isinstance(at := body.pop("at", None), datetime):
        body["tapped_at"] = at.isoformat()
    return client.post(f"/c/{link.token}/tap/", json.dumps(body), content_type="application/json")
