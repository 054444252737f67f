"""What those who wait are told: where they stand, what they are offered, and that an offer went on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from people.letters import page_url, write_letter
from shares.models import WaitingPlace


def page_of(place: WaitingPlace) -> str:
    """The whole address of their own page."""
    return page_url(reverse("waiting_place", args=[place.token]))


def write_waiting(place: WaitingPlace, *, position: int, at: datetime) -> None:
    """They stand in line, and where; once."""
    _write(place, kind="waiting", context={"position": position}, at=at)


def write_offer(place: WaitingPlace, *, at: datetime) -> None:
    """A place is kept for them; once."""
    _write(place, kind="offer", context={"site": place.offered_site, "until": place.offered_until}, at=at)


def write_passed(place: WaitingPlace, *, at: datetime) -> None:
    """Their offer expired and went on to the next; once."""
    again = page_url(f"{reverse('wait', args=[place.share_type.season.farm.slug])}?share={place.share_type_id}")
    _write(place, kind="offer_passed", context={"again": again}, at=at)


def _write(place: WaitingPlace, *, kind: str, context: dict[str, Any], at: datetime) -> None:
    season = place.share_type.season
    farm = season.farm
    write_letter(
        kind=kind,
        to=place.email,
        occasion=f"waiting:{place.pk}",
        template=f"shares/emails/{kind}",
        context={"farm": farm, "place": place, "kind": place.share_type, "season": season, "page": page_of(place)}
        | context,
        language=place.language or farm.language,
        at=at,
        from_name=farm.name,
        reply_to=farm.email,
    )
