"""Who waits for a place: they are known by an address, stand in the order in which they came, and are offered the next
place that frees, first come first.

An offer takes the place at once, by the same conditional UPDATE as a purchase, and keeps it until it is answered or
expires. Whoever waits has a place kept for them (`kept`), so that a purchase never overtakes the queue.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from farms.models import Farm, Household, PickupSite, Season
from people.by_itself import by_itself
from shares.buying import joining, purchases, waiting_letters
from shares.models import Order, ShareType, SiteWish, WaitingPlace
from shares.prices import kept, places, prices, refusals
from shares.prices.quotes import Line

log = logging.getLogger("hissa.waiting_list")

MOST_WISHES = 3


class CannotWait(ValueError):
    """Nothing to wait for; the words say why."""


class OfferOver(ValueError):
    """The offer has expired, or was never made; the words say so."""


def join_queue(
    *,
    share_type: ShareType,
    sites: Sequence[PickupSite],
    turn: str = "",
    name: str,
    email: str,
    language: str,
    household: Household | None,
    at: datetime,
) -> WaitingPlace:
    """Stand in line for a share of a type at one of these sites, the best first. Whoever stands there already keeps
    their place as it is: an address proves nothing. A letter confirms it. Raises CannotWait when there is no need."""
    _must_wait(share_type, sites, turn, at)
    facts = {"name": name, "language": language, "turn": turn, "household": household, "since": at}
    with transaction.atomic():
        try:
            with transaction.atomic():
                place = WaitingPlace.objects.create(share_type=share_type, email=email.strip().lower(), **facts)
        except IntegrityError:
            return WaitingPlace.objects.open().get(share_type=share_type, email__iexact=email.strip())
        wishes = list(dict.fromkeys(sites))[:MOST_WISHES]
        SiteWish.objects.bulk_create(SiteWish(place=place, site=site, rank=n) for n, site in enumerate(wishes, 1))
        waiting_letters.write_waiting(place, position=position_of(place), at=at)
    return place


def position_of(place: WaitingPlace) -> int:
    """How many are in line before them, themselves counted. 0 when they do not wait (any more)."""
    ahead = Q(since__lt=place.since) | Q(since=place.since, pk__lte=place.pk)
    waiting = WaitingPlace.objects.waiting().filter(share_type=place.share_type_id)
    return waiting.filter(ahead).count() if waiting.filter(pk=place.pk).exists() else 0


def places_of(household: Household) -> list[WaitingPlace]:
    """What a household waits for, each place with its `position` in line (0: it has an offer). Two queries."""
    places = list(WaitingPlace.objects.open().filter(household=household).select_related("share_type"))
    line = WaitingPlace.objects.waiting().filter(share_type__in=[place.share_type_id for place in places])
    in_turn = list(line.order_by("since", "pk").values_list("pk", "share_type")) if places else []
    for place in places:
        own = [pk for pk, kind in in_turn if kind == place.share_type_id]
        place.position = own.index(place.pk) + 1 if place.pk in own else 0
    return places


def leave(place: WaitingPlace, *, at: datetime) -> bool:
    """Leave the queue, or decline the offer: its place goes on. False when they had left before."""
    with transaction.atomic():
        if WaitingPlace.objects.waiting().filter(pk=place.pk).update(left_at=at):
            return True
        if not WaitingPlace.objects.offered().filter(pk=place.pk).update(left_at=at):
            return False
        _give_back(place)
    return True


def offer_places(*, at: datetime) -> int:
    """Sweep: offers that expired pass on, and what is free is offered to those who wait, in turn; how many offers. One
    queue's failure stops no other."""
    for place in WaitingPlace.objects.overdue(at).order_by("since", "pk"):
        with by_itself(log, "the offer of place %s could not pass on", place.pk):
            _pass_on(place, at)
    on_sale = Season.objects.on_sale(at)
    waiting = WaitingPlace.objects.waiting().filter(share_type__season__in=on_sale)
    kinds = ShareType.objects.filter(pk__in=waiting.values("share_type"), taken__lt=F("places"))
    made = 0
    for kind in kinds.select_related("season__farm").order_by("pk"):
        try:
            made += _offer_of(kind, at)
        except Exception:
            log.exception("places of share type %s could not be offered", kind.pk)
    return made


def take_up(place: WaitingPlace, *, method: str, chosen: int | None = None, language: str, at: datetime) -> Order:
    """Say yes to an offer: its place is held for the order that is made, as after any purchase. Said twice, there is
    one order. Raises OfferOver, or what a purchase may raise (CannotBuy): the offer then still stands."""
    with transaction.atomic():
        standing = WaitingPlace.objects.offered().filter(pk=place.pk, offered_until__gt=at)
        if not standing.update(taken_at=at):
            place.refresh_from_db()
            if place.order is None:
                raise OfferOver(_("This offer is over: the place has gone on to the next in line."))
            return place.order
        place.refresh_from_db()
        season, site = place.share_type.season, place.offered_site
        assert site is not None  # an offer has one: a CHECK says so
        household = place.household or joining.household_for(
            farm=season.farm, user=None, name=place.name, email=place.email, phone="", language=language, at=at
        )
        order = purchases.start_purchase(
            household=household,
            season=season,
            lines=[Line(place.share_type, site, place.offered_turn, 1, chosen)],
            method=method,
            token=place.token,
            language=language,
            by=None,
            at=at,
            special=purchases.Special(keeps_places=True),
        )
        place.household, place.order, place.taken_at = household, order, at
        place.save(update_fields=["household", "order"])
    return order


def queue_of(farm: Farm) -> list[tuple[ShareType, list[WaitingPlace]]]:
    """Who waits at a farm, by share type, in turn, with their wishes. Three queries."""
    places = WaitingPlace.objects.open().filter(share_type__season__farm=farm)
    rows = places.select_related("share_type__season", "offered_site", "household").prefetch_related("wishes__site")
    found: dict[ShareType, list[WaitingPlace]] = {}
    for place in rows.order_by("share_type__season__first_day", "share_type__position", "since", "pk"):
        found.setdefault(place.share_type, []).append(place)
    return list(found.items())


def _must_wait(kind: ShareType, sites: Sequence[PickupSite], turn: str, at: datetime) -> None:
    """Raise CannotWait for what can be bought now, or never more."""
    if not sites:
        raise CannotWait(_("Choose a pickup site."))
    if not Season.objects.on_sale(at).filter(pk=kind.season_id).exists():
        raise CannotWait(_("This season is not on sale at the moment."))
    if not any(_turns_left(kind, site, turn, at) for site in sites):
        raise CannotWait(_("“%(share)s” has no pickup left this season.") % {"share": kind.name})
    kept_of, kept_at = kept.for_queue(kind.season)
    if kind.places - kind.taken - kept_of[kind.pk] <= 0:
        return
    rooms = kind.season.season_sites.filter(site__in=sites)
    for room in rooms.select_related("site"):
        free = room.capacity - kept_at[room.site_id] - max(room.taken_a, room.taken_b)
        if kind.is_addon or free > 0:
            facts = {"share": kind.name, "site": room.site.name}
            raise CannotWait(_("There is a place: “%(share)s” at %(site)s can be bought now.") % facts)


def _turns_left(kind: ShareType, site: PickupSite, turn: str, at: datetime) -> list[str]:
    """The turns in which a share of this type still has a pickup at this site; only that which is wished, if one is."""
    days = prices.days_of_season(kind.season)
    turns = [each for each in prices.turns_of(kind) if turn in ("", each)]
    return [each for each in turns if prices.days_left(kind, turn=each, site=site.pk, days=days, at=at)]


def _offer_of(kind: ShareType, at: datetime) -> int:
    """Offer the free places of a share type in turn, until none is left."""
    made = 0
    waiting = WaitingPlace.objects.waiting().filter(share_type=kind).prefetch_related("wishes__site")
    for place in waiting.order_by("since", "pk"):
        try:
            made += _offer(kind, place, at)
        except refusals.SoldOut:
            break
    return made


def _offer(kind: ShareType, place: WaitingPlace, at: datetime) -> bool:
    """Offer a place at the best of their sites that has room. Raises SoldOut when the type has none left."""
    until = at + timedelta(hours=kind.season.offer_hours)
    for wish in place.wishes.all():
        for turn in _turns_left(kind, wish.site, place.turn, at):
            try:
                with transaction.atomic():
                    facts = {"offered_at": at, "offered_until": until}
                    waiting = WaitingPlace.objects.waiting().filter(pk=place.pk)
                    if not waiting.update(offered_site=wish.site, offered_turn=turn, **facts):
                        return False  # another sweep was first
                    places.take(kind.season, [Line(kind, wish.site, turn)], at, from_queue=True)
                    place.refresh_from_db()
                    waiting_letters.write_offer(place, at=at)
            except refusals.SiteFull:
                continue
            return True
    return False


def _pass_on(place: WaitingPlace, at: datetime) -> None:
    with transaction.atomic():
        if WaitingPlace.objects.overdue(at).filter(pk=place.pk).update(passed_at=at):
            _give_back(place)
            waiting_letters.write_passed(place, at=at)


def _give_back(place: WaitingPlace) -> None:
    place.refresh_from_db()
    assert place.offered_site_id is not None
    places.give_back(place.share_type.season, [(place.share_type, place.offered_site_id, place.offered_turn)])
