"""What co-holders are told of their part, and the household of a part that did not come."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from people.letters import page_url, write_letter
from shares.letters import readers
from shares.models import SharedPart


def write_part(part: SharedPart, *, until: datetime, at: datetime) -> None:
    """Their part, of what, until when, and their own link; once."""
    order = part.order
    url = page_url(reverse("shared_part", args=[part.token]))
    write_letter(
        kind="shared_part",
        to=part.email,
        occasion=f"part:{part.pk}",
        template="shares/emails/shared_part",
        context={"farm": order.farm, "order": order, "part": part, "until": until, "url": url},
        language=order.language,
        at=at,
        from_name=order.farm.name,
        reply_to=order.farm.email,
    )


def write_part_lapsed(part: SharedPart, *, at: datetime) -> None:
    """A part did not come; the rest is paid, and nothing is lost yet; once."""
    order = part.order
    url = page_url(reverse("shared_part", args=[part.token]))
    for reader in readers(order.household):
        write_letter(
            kind="shared_part_lapsed",
            to=reader,
            occasion=f"part:{part.pk}",
            template="shares/emails/shared_part_lapsed",
            context={"farm": order.farm, "order": order, "part": part, "url": url},
            language=reader.language or order.language,
            at=at,
            from_name=order.farm.name,
            reply_to=order.farm.email,
        )
