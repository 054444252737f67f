"""A volunteer's way in without an account: a link to one site's check-in on one day, until it is revoked.

The farm may put a PIN before it, told by another way than the link: whoever finds the link then finds nothing.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import segno
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from deliveries.models import Closing, HostLink, PrintedRoster, SwapOffer, WalkUp
from farms.models import Household, PickupDay

KEPT = timedelta(days=14)  # after the pickup, for paper ticks entered late; names are not shown for ever
TRIES, IN = 5, timedelta(minutes=15)
"""So many wrong PINs in so long, then nobody gets in until it is over."""


class TooManyPins(PermissionError):
    """Too many wrong PINs were typed for this link: it opens to nobody for a while."""


def live_link(*, day: PickupDay, at: datetime) -> HostLink:
    """The day's link that works. If there is none, another is made, behind the same PIN as the one before it."""
    links = HostLink.objects.filter(day=day)
    if live := links.filter(revoked_at=None).first():
        return live
    before = links.order_by("-pk").first()
    facts = {"made_at": at, "pin": before.pin if before else ""}
    return HostLink.objects.get_or_create(day=day, revoked_at=None, defaults=facts)[0]


def link_unless_revoked(*, day: PickupDay, at: datetime) -> HostLink | None:
    """The day's link that works, made if the day never had one. None when the farm revoked it: only the farm makes
    another, no letter and no list."""
    links = list(HostLink.objects.filter(day=day))
    if links:
        return next((link for link in links if link.revoked_at is None), None)
    return live_link(day=day, at=at)


def revoke(*, day: PickupDay, at: datetime, link: int | None = None) -> int:
    """The day's link stops working at once (if it is still `link`, by its id); how many did (0 or 1)."""
    links = HostLink.objects.filter(day=day, revoked_at=None)
    return (links if link is None else links.filter(pk=link)).update(revoked_at=at)


def link_for_token(token: str, *, at: datetime, listed: bool = False) -> HostLink | None:
    """The link this token opens, with its day, site and farm; none when it is wrong, revoked or long over. `listed`
    for a page that shows the list: with its season, who stood on its `printed` one (rows, or none), and whether that
    day is `closed`, anything `swapped`, anybody `walked_up`. That is heavy, and a phone's queue has no need of it."""
    links = HostLink.objects.filter(token=token, revoked_at=None, day__ends_at__gt=at - KEPT)
    links = links.select_related("day__site__farm").order_by()
    if listed:
        kept = PrintedRoster.objects.filter(day=OuterRef("day"), allocation__in_force_for__isnull=False)
        swapped = SwapOffer.objects.filter(day=OuterRef("day"), takes__isnull=False, withdrawn_at=None)
        links = links.annotate(
            printed=Subquery(kept.values("rows")[:1]), swapped=Exists(swapped),
            closed=Exists(Closing.objects.standing().filter(day=OuterRef("day"))),
            walked_up=Exists(WalkUp.objects.filter(day=OuterRef("day"))),
        )  # fmt: skip
        links = links.select_related("day__week__season", "day__site__farm")
    return next(iter(links), None)


def set_pin(*, day: PickupDay, pin: str) -> int:
    """From now on the day's link asks for this PIN; an empty one asks for none. Who was in must type the new one. How
    many links it concerns (0 or 1)."""
    hashed = make_password(pin) if pin else ""
    return HostLink.objects.filter(day=day, revoked_at=None).update(pin=hashed, wrong_pins=0, wrong_since=None)


def is_pin(*, link: HostLink, typed: str, at: datetime) -> bool:
    """Whether this is the link's PIN. A try is counted before it is looked at, so that many at once are counted too.

    Raises TooManyPins after five wrong ones in a quarter of an hour.
    """
    tries = HostLink.objects.filter(pk=link.pk)
    tries.filter(Q(wrong_since=None) | Q(wrong_since__lte=at - IN)).update(wrong_pins=0, wrong_since=at)
    if not tries.filter(wrong_pins__lt=TRIES).update(wrong_pins=F("wrong_pins") + 1):
        raise TooManyPins(link.pk)
    if not check_password(typed, link.pin):
        return False
    tries.update(wrong_pins=0, wrong_since=None)
    return True


def proof_of(link: HostLink) -> str:
    """What a phone that knew the PIN is given to show again: signed, and worth nothing once the PIN is another."""
    return signing.dumps([link.pk, _mark(link)], salt="host-link")


def is_proof(link: HostLink, proof: str) -> bool:
    try:
        told = signing.loads(proof, salt="host-link", max_age=KEPT)
    except signing.BadSignature:
        return False
    return bool(told == [link.pk, _mark(link)])


def _mark(link: HostLink) -> str:
    return hashlib.sha256(link.pin.encode()).hexdigest()[:24]


def address_of(link: HostLink) -> str:
    return f"{settings.SITE_URL}{reverse('check_in', args=[link.token])}"


def qr_of(link: HostLink) -> SafeString:
    """The link's address as a QR code, an inline SVG of about 3 kB."""
    return drawn_code(address_of(link))


def household_code(household: Household) -> tuple[str, SafeString]:
    """A household's number as it is said, three digits at least, and the code that the check-in page scans. It comes
    with its farm."""
    number = f"{household.number:03d}"
    return number, drawn_code(f"hissa:{household.farm.slug}:{number}")


def drawn_code(text: str) -> SafeString:
    """A text as a QR code: an inline SVG, black on nothing."""
    code = segno.make(text, error="m", micro=False)
    return mark_safe(code.svg_inline(scale=4, border=2, omitsize=True, dark="#000"))  # noqa: S308  (segno's own marks)
