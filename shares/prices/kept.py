"""What is kept for those who wait, so that nobody who comes later overtakes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count

from farms.models import Season
from shares.models import ShareType, SiteWish, WaitingPlace


def for_queue(season: Season) -> tuple[Counter[int], Counter[int]]:
    """For each who waits without an offer: one place of the share type, and room at each site wished. By their ids.
    Two queries."""
    waiting = WaitingPlace.objects.waiting().filter(share_type__season=season).order_by()
    types = Counter(dict(waiting.values_list("share_type").annotate(Count("pk"))))
    if not types:
        return Counter(), Counter()
    wishes = SiteWish.objects.filter(place__in=waiting, place__share_type__is_addon=False)
    return types, Counter(dict(wishes.values_list("site").annotate(Count("pk")).order_by()))


def mark(types: Iterable[ShareType]) -> None:
    """Tell share types how many of their places are kept, so that pages show what is left for everybody. One query."""
    kinds = list(types)
    waiting = WaitingPlace.objects.waiting().filter(share_type__in=kinds).order_by()
    counts = dict(waiting.values_list("share_type").annotate(Count("pk")))
    for kind in kinds:
        kind.kept = counts.get(kind.pk, 0)
