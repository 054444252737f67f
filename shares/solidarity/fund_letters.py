"""What is written to people about the solidarity fund and bidding rounds."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from people.letters import page_url, write_letter
from shares.models import FundWish


def write_fund_can_help(wish: FundWish, *, at: datetime) -> None:
    """The fund can help now: once per wish, to the address that asked."""
    farm = wish.farm
    address = f"{reverse('join', args=[farm.slug])}?season={wish.season_id}&share={wish.share_type_id}"
    write_letter(
        kind="fund_can_help",
        to=wish.email,
        occasion=f"wish:{wish.pk}",
        template="shares/emails/fund_can_help",
        context={"farm": farm, "wish": wish, "address": page_url(address)},
        language=wish.language,
        at=at,
        from_name=farm.name,
        reply_to=farm.email,
    )
