"""The doors of the deliveries app: each returns what this person may touch, or raises 404."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.http import Http404, HttpRequest

from deliveries.changing.friends import pass_for_token
from deliveries.checking_in.host_links import is_proof, link_for_token
from deliveries.harvesting.harvests import pickup_days
from deliveries.models import FriendPass, HostLink
from farms.models import Farm, Household, PickupDay, Season, Week
from farms.permissions import OWNER, PACKER, my_households, signed_in, staff_farm
from people.models import User


def households_of_page(request: HttpRequest) -> tuple[Household | None, list[Household]]:
    """The household the page is about (that of `?farm=slug`, else the newest), and all the person acts for; none at
    all for somebody without a share anywhere. 404 for a farm where they have none."""
    mine = my_households(request)
    slug = request.GET.get("farm", "")
    if not mine and not slug:
        return None, []
    for household in mine:
        if slug in ("", household.farm.slug):
            return household, mine
    raise Http404


def date_of_page(text: str) -> date:
    """The date in an address, like 2027-06-15. 404 for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None


@dataclass(frozen=True)
class DeskDate:
    """A date with pickups at a farm, for someone who works there; a packer sees no money."""

    farm: Farm
    days: list[PickupDay]
    sees_money: bool

    @property
    def week(self) -> Week:
        return self.days[0].week

    @property
    def date(self) -> date:
        return self.days[0].date


def desk_farm(request: HttpRequest, slug: str) -> Farm:
    """The farm, for its owners and packers."""
    return staff_farm(request, slug, OWNER, PACKER)


def farm_week(request: HttpRequest, slug: str, text: str) -> DeskDate:
    """The pickups of a date at the farm, for its owners and packers. 404 when there are none that day."""
    farm = desk_farm(request, slug)
    days = pickup_days(farm=farm, date=date_of_page(text))
    if not days:
        raise Http404
    owns = farm.staff.filter(user=request.user.pk, role=OWNER).exists()
    return DeskDate(farm=farm, days=days, sees_money=owns)


def owns(request: HttpRequest, farm: Farm) -> bool:
    """Whether the person owns the farm: packers see no money."""
    return farm.staff.filter(user=request.user.pk, role=OWNER).exists()


def owners_day(request: HttpRequest, slug: str, text: str, site: int) -> PickupDay:
    """One pickup of a date at the farm, for its owners: with its week, season, site and farm."""
    farm = staff_farm(request, slug)
    for day in pickup_days(farm=farm, date=date_of_page(text)):
        if day.site_id == site:
            day.site.farm = farm
            return day
    raise Http404


def staffs_day(request: HttpRequest, slug: str, text: str, site: int) -> tuple[PickupDay, User]:
    """One pickup of a date at the farm, for its owners and packers, and who they are."""
    farm = desk_farm(request, slug)
    for day in pickup_days(farm=farm, date=date_of_page(text)):
        if day.site_id == site:
            day.site.farm = farm
            return day, signed_in(request)
    raise Http404


def owners_season(request: HttpRequest, slug: str, number: int) -> Season:
    """A season of the farm, for its owners; with its farm. 404 when it is not the farm's."""
    farm = staff_farm(request, slug)
    season = farm.seasons.filter(pk=number).first()
    if season is None:
        raise Http404
    season.farm = farm
    return season


class PinWanted(Http404):
    """The link has a PIN, and this phone has not typed it. Where no page asks for it, there is nothing to find."""

    def __init__(self, link: HostLink) -> None:
        super().__init__()
        self.link = link


def host_link(request: HttpRequest, token: str, *, at: datetime, listed: bool = False) -> HostLink:
    """The link of this address, with its day, site and farm (and what a page that shows the list needs, `listed`).
    404 when it is wrong or revoked. Anyone who has it, and knows its PIN if it has one."""
    link = link_for_token(token, at=at, listed=listed)
    if link is None:
        raise Http404
    if link.pin and not is_proof(link, request.COOKIES.get(f"pin-{link.pk}", "")):
        raise PinWanted(link)
    return link


def friend_with_pass(token: str, *, at: datetime) -> FriendPass:
    """The pass of this address, with its household, farm and day. 404 when it is wrong, revoked or over. Anyone who has
    it."""
    friend = pass_for_token(token, at=at)
    if friend is None:
        raise Http404
    return friend
