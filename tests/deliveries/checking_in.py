"""What check-in tests share: a pickup of the cast's farm with households, its link, and taps as a phone sends them."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from django.test import Client

from deliveries.checking_in import host_links
from deliveries.due import rosters
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


def entry(household: Household | int, action: str = "collected", **facts: Any) -> dict[str, Any]:
    """A tap as a phone keeps it in its queue; `at` is its clock."""
    number = household if isinstance(household, int) else household.number
    told: dict[str, Any] = {"uuid": str(uuid.uuid4()), "household": number, "action": action} | facts
    if isinstance(told.get("at"), datetime):
        told["at"] = told["at"].isoformat()
    return told


def send(client: Client, link: HostLink, *entries: Any, seen: int = 0):
    """A phone's whole queue."""
    body = json.dumps({"taps": list(entries), "seen": seen})
    return client.post(f"/c/{link.token}/sync/", body, content_type="application/json")


def tap(client: Client, link: HostLink, household: Household | int, action: str = "collected", **facts: Any):
    """A queue of one tap."""
    return send(client, link, entry(household, action, **facts))


def outcomes(answer: Any) -> list[str]:
    """kept, duplicate or refused, of each entry."""
    assert answer.status_code == 200
    return [one["outcome"] for one in answer.json()["answers"]]
