"""A volunteer's way in without an account: a link to one site's check-in on one day, until it is revoked."""

from __future__ import annotations

from datetime import datetime, timedelta

import segno
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from deliveries.models import HostLink
from farms.models import PickupDay

KEPT = timedelta(days=14)  # after the pickup, for paper ticks entered late; names are not shown for ever


def live_link(*, day: PickupDay, at: datetime) -> HostLink:
    """The day's link that works; made if there is none."""
    link, _fresh = HostLink.objects.get_or_create(day=day, revoked_at=None, defaults={"made_at": at})
    return link


def revoke(*, day: PickupDay, at: datetime) -> int:
    """The day's link stops working at once; how many did (0 or 1)."""
    return HostLink.objects.filter(day=day, revoked_at=None).update(revoked_at=at)


@transaction.atomic
def replace_link(*, day: PickupDay, at: datetime) -> HostLink:
    """Revoke the day's link and make another."""
    revoke(day=day, at=at)
    return live_link(day=day, at=at)


def link_for_token(token: str, *, at: datetime) -> HostLink | None:
    """The link this token opens, with its day, site and farm; none when it is wrong, revoked or long over."""
    links = HostLink.objects.filter(token=token, revoked_at=None, day__ends_at__gt=at - KEPT)
    return links.select_related("day__week__season", "day__site__farm").first()


def address_of(link: HostLink) -> str:
    return f"{settings.SITE_URL}{reverse('check_in', args=[link.token])}"


def qr_of(link: HostLink) -> SafeString:
    """The link's address as a QR code, an inline SVG of about 3 kB."""
    code = segno.make(address_of(link), error="m", micro=False)
    return mark_safe(code.svg_inline(scale=4, border=2, omitsize=True, dark="#000"))  # noqa: S308  (segno's own marks)
