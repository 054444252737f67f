"""What households are told of the next season, before the sale is everybody's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from farms.models import Household, Season
from people.letters import Draft, page_url


def drafts(household: Household, season: Season, *, kind: str, at: datetime) -> Iterator[Draft]:
    """One letter per person of a household: until when it is theirs first, and the way to the one press."""
    farm = season.farm
    url = page_url(f"{reverse('renew', args=[season.pk])}?farm={farm.slug}")
    for reader in household.people.all():
        yield Draft(
            kind="renewal",
            to=reader,
            occasion=f"season:{season.pk}:household:{household.pk}{':ends' if kind == 'renewal_ends' else ''}",
            template=f"shares/emails/{kind}",
            context={"farm": farm, "season": season, "url": url, "reader": reader},
            language=reader.language or farm.language,
            at=at,
            stale_at=season.opens_at,
            from_name=farm.name,
            reply_to=farm.email,
            may_stop=True,
        )
