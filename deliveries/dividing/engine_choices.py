"""What a farmer may turn in the division: saved for a season, and tried on the last week that was divided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from deliveries.allocation import Mode, ProblemError, allocate
from deliveries.dividing.divided import Divided
from deliveries.dividing.gathering import parameters, problem_of
from deliveries.dividing.liked import liking, worth_by_liking
from deliveries.models import Allocation, Fairness
from farms.models import Packing, Season
from people.formats import percent

# Which choices change anything, by the way of packing: the engine looks at the others only in the other one.
LEVERS: dict[str, tuple[str, ...]] = {
    Packing.UNIFORM: ("thrift", "variety"),
    Packing.CHOICE: ("band", "rotation", "variety"),
}


class ChangedMeanwhile(RuntimeError):
    """Somebody else saved other choices since this page was opened."""


@transaction.atomic
def change(*, season: Season, to: Mapping[str, Any], version: int) -> Fairness:
    """Keep other choices for the season, if nobody else has since `version`. Raises ChangedMeanwhile."""
    Fairness.objects.get_or_create(season=season)
    changed = Fairness.objects.filter(season=season, version=version).update(**to, version=F("version") + 1)
    if not changed:
        raise ChangedMeanwhile(_("Somebody changed this since you opened the page. Look again, then save."))
    return Fairness.objects.get(season=season)


@dataclass(frozen=True)
class Trial:
    """A week divided in some way: the figures that a choice moves."""

    divided: Divided

    @property
    def left_over(self) -> int:
        """Worth of what is left, minor units."""
        inputs = self.divided.inputs
        steps = zip(self.divided.leftover, inputs["crops"], strict=True)
        return round(sum(left * int(crop["value"]) for left, crop in steps) / int(inputs["scale"]))

    @property
    def furthest_below(self) -> Decimal:
        """How far the row worst off lies from what it was to be worth: −0.07 is 7 % below."""
        return min(self._off, default=Decimal(0))

    @property
    def furthest_above(self) -> Decimal:
        return max(self._off, default=Decimal(0))

    @property
    def liking(self) -> Decimal | None:
        """How well what was given is liked, 0 to 1, by worth; none where nobody's likings counted."""
        return liking(worth_by_liking(self.divided))

    @property
    def below_told(self) -> str:
        return percent(self.furthest_below, signed=True, places=1)

    @property
    def above_told(self) -> str:
        return percent(self.furthest_above, signed=True, places=1)

    @property
    def liking_told(self) -> str:
        return percent(self.liking, places=1) if self.liking is not None else ""

    @property
    def _off(self) -> list[Decimal]:
        pairs = zip(self.divided.values, self.divided.targets, strict=True)
        return [Decimal(value) / target - 1 for value, target in pairs if target]


def with_facts(saved: Fairness, facts: Mapping[str, Any]) -> Fairness:
    """The saved choices with others in their place, not saved."""
    kept = {name: getattr(saved, name) for name in ("variety", "band", "rotation", "thrift")}
    return Fairness(season_id=saved.season_id, **(kept | dict(facts)))


def last_divided(season: Season) -> Allocation | None:
    """The division in force of the last week that was packed as the season is packed now."""
    runs = Allocation.objects.filter(in_force_for__week__season=season, record__mode=str(season.mode))
    return runs.select_related("in_force_for__week").order_by("-in_force_for__date").first()


def tried(run: Allocation, fairness: Fairness) -> Trial | None:
    """That week as it would be divided by these choices; none where they cannot be divided by."""
    inputs = run.inputs | {"fairness": parameters(fairness)}
    mode: Mode = "choice" if run.record["mode"] == "choice" else "uniform"
    try:
        return Trial(Divided.of(inputs, allocate(problem_of(inputs), mode=mode)))
    except ProblemError:
        return None
