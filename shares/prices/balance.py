"""A and B weeks even themselves out: whoever has no preference goes where fewer boxes are, by site and size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from django.db.models import Count, F

from farms.models import PickupSite, Season, SeasonSite
from shares.models import Share, ShareType
from shares.prices import prices
from shares.prices.quotes import Line

EITHER = "any"  # what somebody without a preference chooses

Boxes = Counter[tuple[int, int, str]]
"""Biweekly shares by site (id), share type (id) and turn."""


def boxes_of(season: Season) -> Boxes:
    """Every second week's shares of a season, held or paid. One query."""
    sold = Share.objects.filter(share_type__season=season, cancelled_at=None, order__lapsed_at=None).exclude(turn="")
    rows = sold.order_by().values_list("site", "share_type", "turn").annotate(n=Count("pk"))
    return Counter({(site, kind, turn): n for site, kind, turn, n in rows})


def lighter(boxes: Boxes, *, site: int, share_type: int, percent_a: int) -> str:
    """The turn ("A", "B") that one share more of this type at this site should get, so that A weeks have `percent_a`
    per cent of them; where that is even, the one in which the site has fewer boxes of all types."""
    in_a, in_b = (boxes[site, share_type, turn] for turn in "AB")
    off_with_a, off_with_b = off(in_a + 1, in_b, percent_a), off(in_a, in_b + 1, percent_a)
    if off_with_a != off_with_b:
        return "A" if off_with_a < off_with_b else "B"
    all_a, all_b = (sum(n for (here, _kind, turn), n in boxes.items() if here == site and turn == t) for t in "AB")
    return "B" if all_b < all_a else "A"


def off(in_a: int, in_b: int, percent_a: int) -> int:
    """How far off the part of A weeks is, in hundredths of a share."""
    return abs(100 * in_a - percent_a * (in_a + in_b))


class Suggestions:
    """The turns that somebody without a preference would get at this moment. Two queries, when first asked."""

    def __init__(self, season: Season) -> None:
        self.season = season

    @cached_property
    def _known(self) -> tuple[Boxes, dict[int, SeasonSite]]:
        return boxes_of(self.season), {place.site_id: place for place in self.season.season_sites.all()}

    def turn(self, share_type: ShareType, site: PickupSite) -> str:
        boxes, places = self._known
        return _with_room(places.get(site.pk), boxes, share_type, 1, site=site.pk, percent_a=self.season.percent_a)


def decided(season: Season, lines: Sequence[Line], *, at: datetime) -> list[Line]:
    """The lines of a purchase with the turn of each that left it to the farm. In the purchase's transaction: the rows
    of its types and sites are kept, in the order in which places are taken, so that buyers at once see each other.

    The price that was in sight stays: where the other turn has other pickups left, the one that was shown is kept.
    """
    free = [line for line in lines if line.any_turn]
    if not free:
        return list(lines)
    for pk in sorted({line.share_type.pk for line in lines}):
        ShareType.objects.filter(pk=pk).update(taken=F("taken"))
    for pk in sorted({line.site.pk for line in lines}):
        SeasonSite.objects.filter(season=season, site=pk).update(capacity=F("capacity"))
    places = {place.site_id: place for place in SeasonSite.objects.filter(season=season)}
    boxes, days, found = boxes_of(season), prices.days_of_season(season), []
    for line in lines:
        kind, site = line.share_type, line.site.pk
        if line.any_turn:
            turn = _with_room(places[site], boxes, kind, line.quantity, site=site, percent_a=season.percent_a)
            shown, other = (
                prices.terms_of(kind, turn=each, site=site, days=days, at=at, chosen=line.chosen)
                for each in (line.turn, turn)
            )
            found.append(replace(line, turn=turn) if other.price == shown.price and other.left else line)
        else:
            found.append(line)
        boxes[site, kind.pk, found[-1].turn] += line.quantity
    return found


def _with_room(
    place: SeasonSite | None, boxes: Boxes, share_type: ShareType, quantity: int, *, site: int, percent_a: int
) -> str:
    """The lighter turn; the other one where only that has room."""
    turn = lighter(boxes, site=site, share_type=share_type.pk, percent_a=percent_a)
    if place is None or share_type.is_addon:
        return turn
    room = {"A": place.capacity - place.taken_a, "B": place.capacity - place.taken_b}
    other = "B" if turn == "A" else "A"
    return other if room[turn] < quantity <= room[other] else turn
