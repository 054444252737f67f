"""What somebody is told who was given a share."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from people import formats
from people.letters import page_url, write_letter
from shares import letters
from shares.models import GiftOrder


def write_gift(gift: GiftOrder, *, at: datetime) -> None:
    """From whom, the giver's words, what it is, where and when it begins; once."""
    order = gift.order
    farm, day = order.farm, letters.first_pickup(order)
    window = formats.clock_range(day.starts_at, day.ends_at, zone=farm.zone) if day else ""
    shares = list(order.shares.filter(cancelled_at=None).select_related("share_type", "site"))
    for reader in letters.readers(gift.recipient):
        write_letter(
            kind="gift",
            to=reader,
            occasion=f"order:{order.pk}",
            template="shares/emails/gift",
            context={
                "farm": farm, "gift": gift, "order": order, "shares": shares, "first_day": day, "window": window,
                "household": gift.recipient, "address": page_url(f"{reverse('my')}?farm={farm.slug}"),
            },
            language=reader.language or order.language,
            at=at,
            from_name=farm.name,
            reply_to=farm.email,
        )  # fmt: skip
