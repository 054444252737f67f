"""The hours ledger, in minutes: what each household agreed to, gave, handed on or was given. Append-only."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from community.models import HoursAgreed, HoursEntry, Shift, SignUp
from farms.models import Household, Season
from farms.seasons import season_of_day
from people.formats import local_day
from people.models import User

MOST = 24 * 60  # minutes that one shift can count


class HoursRefused(Exception):
    """It cannot be done, in words; nothing was changed."""


@dataclass(frozen=True)
class Standing:
    """A household's hours in a season, in minutes: `given` to others, `received` from others."""

    agreed: int
    worked: int
    given: int
    received: int

    @property
    def balance(self) -> int:
        return self.worked - self.given + self.received

    @property
    def to_do(self) -> int:
        return max(0, self.agreed - self.balance)


def standings(season: Season, *, household: Household | None = None) -> dict[int, Standing]:
    """Where each household with hours or an agreement stands, by its id. Two queries."""
    agreed = HoursAgreed.objects.filter(season=season)
    entries = HoursEntry.objects.filter(season=season)
    if household:
        agreed, entries = agreed.filter(household=household), entries.filter(household=household)
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for pk, kind, minutes in entries.order_by().values_list("household", "kind").annotate(sum=Sum("minutes")):
        sums[pk][kind] = minutes
    promised = dict(agreed.values_list("household", "minutes"))
    kinds = HoursEntry.Kind
    return {
        pk: Standing(
            agreed=promised.get(pk, 0),
            worked=sums[pk][kinds.WORKED] + sums[pk][kinds.CORRECTED],
            given=-sums[pk][kinds.GIVEN],
            received=sums[pk][kinds.RECEIVED],
        )
        for pk in {*promised, *sums}
    }


def standing_of(household: Household, season: Season) -> Standing:
    return standings(season, household=household).get(household.pk, Standing(0, 0, 0, 0))


def agree(*, household: Household, season: Season, minutes: int) -> None:
    HoursAgreed.objects.update_or_create(household=household, season=season, defaults={"minutes": minutes})


def write_hours_worked(*, at: datetime) -> int:
    """The sweep: who stood on a shift that is over has worked its length, until the farmer says otherwise."""
    over = SignUp.objects.standing().filter(shift__ends_at__lte=at, shift__cancelled_at=None, hours=None)
    entries = []
    seasons: dict[int, list[Season]] = {}
    for each in over.select_related("shift__day__week__season", "shift__farm"):
        season = _season_of(each.shift, seasons)
        if season is not None:
            entries.append(
                HoursEntry(
                    household_id=each.household_id, season=season, kind=HoursEntry.Kind.WORKED,
                    minutes=each.shift.minutes, sign_up=each, at=at, key=f"worked:{each.pk}",
                )
            )  # fmt: skip
    return len(HoursEntry.objects.bulk_create(entries, ignore_conflicts=True))


def correct(*, sign_up: SignUp, minutes: int, by: User, at: datetime) -> bool:
    """Say how long somebody really was there (0: did not come). False when that is what stands already."""
    with transaction.atomic():
        _keep_to_ourselves(sign_up.household)
        own = HoursEntry.objects.filter(sign_up=sign_up)
        worked = own.filter(kind=HoursEntry.Kind.WORKED).first()
        if worked is None:
            raise HoursRefused(_("The shift is not over yet."))
        difference = minutes - sum(own.values_list("minutes", flat=True))
        if not difference:
            return False
        HoursEntry.objects.create(
            household=worked.household, season=worked.season, kind=HoursEntry.Kind.CORRECTED, minutes=difference,
            sign_up=sign_up, at=at, by=by, key=f"corrected:{sign_up.pk}:{own.count()}",
        )  # fmt: skip
    return True


def give(
    *, household: Household, to: Household, season: Season, minutes: int, token: uuid.UUID, by: User, at: datetime
) -> None:
    """Hand hours to another household, as in a time bank; never more than one has. The same `token` gives once."""
    if to.pk == household.pk or to.farm_id != household.farm_id or to.is_place:
        raise HoursRefused(_("There is no other household with this number."))
    try:
        with transaction.atomic():
            _keep_to_ourselves(household)
            facts = {"season": season, "at": at, "by": by}
            HoursEntry.objects.create(
                household=household, kind=HoursEntry.Kind.GIVEN, minutes=-minutes, key=f"given:{token}", **facts
            )
            if standing_of(household, season).balance < 0:
                raise HoursRefused(_("You do not have that many hours."))
            HoursEntry.objects.create(
                household=to, kind=HoursEntry.Kind.RECEIVED, minutes=minutes, key=f"received:{token}", **facts
            )
    except IntegrityError:
        return  # the same form, sent twice


def _season_of(shift: Shift, known: dict[int, list[Season]]) -> Season | None:
    """The season in which a shift counts: its pickup's, or that of its day on the farm."""
    if shift.day:
        return shift.day.week.season
    if shift.farm_id not in known:
        known[shift.farm_id] = list(shift.farm.seasons.opened())
    return season_of_day(known[shift.farm_id], local_day(shift.starts_at, shift.farm.zone))


def _keep_to_ourselves(household: Household) -> None:
    """Hold the household's row until commit, so that two gifts of the same hours see each other."""
    Household.objects.filter(pk=household.pk).update(number=F("number"))
