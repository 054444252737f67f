"""Why shares cannot be bought as asked: the words are the pages'; nothing was changed."""

from __future__ import annotations

from farms.models import PickupSite
from shares.models import ShareType


class CannotBuy(Exception):
    """The purchase cannot be made as asked; nothing was changed."""


class SoldOut(CannotBuy):
    """The places of a share type went meanwhile."""

    def __init__(self, share_type: ShareType) -> None:
        super().__init__(f"share type {share_type.pk} is sold out")
        self.share_type = share_type


class SiteFull(CannotBuy):
    """A site has no room for another share."""

    def __init__(self, site: PickupSite) -> None:
        super().__init__(f"site {site.pk} is full")
        self.site = site


class NothingLeft(CannotBuy):
    """No pickup of a share is left in the season."""

    def __init__(self, share_type: ShareType) -> None:
        super().__init__(f"share type {share_type.pk} has no pickup left")
        self.share_type = share_type


class PriceOutOfRange(CannotBuy):
    """The price chosen is not one that this share type may be bought at."""

    def __init__(self, share_type: ShareType) -> None:
        super().__init__(f"share type {share_type.pk} is not sold at this price")
        self.share_type = share_type


class FundCannotMeet(CannotBuy):
    """The solidarity fund cannot meet a price below the cost at this moment; `needed` minor units."""

    def __init__(self, needed: int) -> None:
        super().__init__(f"the fund is short of {needed}")
        self.needed = needed


class NotInParts(CannotBuy):
    """This order cannot be paid in the parts that were chosen: too small, or too late for them."""


class NotOnSale(CannotBuy):
    """The season is not open for sale at this moment."""
