"""What a household is told when it changed its share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from people.letters import page_url, write_letter
from shares import letters
from shares.models import Order, Share


def write_exchange(order: Order, *, old: Share, told: Any, at: datetime) -> None:
    """From which pickup on it is which share, and the difference as arithmetic; once."""
    farm = order.farm
    [new] = order.shares.select_related("share_type", "site")
    for reader in letters.readers(order.household):
        write_letter(
            kind="exchange",
            to=reader,
            occasion=f"order:{order.pk}",
            template="deliveries/emails/exchange",
            context={
                "farm": farm, "order": order, "old": old, "new": new, "told": told,
                "first_day": letters.first_pickup(order), "url": page_url(f"{reverse('my_money')}?farm={farm.slug}"),
            },
            language=reader.language or order.language,
            at=at,
            from_name=farm.name,
            reply_to=farm.email,
        )  # fmt: skip
