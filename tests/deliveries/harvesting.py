"""A harvest for tests: the cast's farm with shares at both sites, and crops as they come in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from deliveries import divisions
from deliveries.harvesting import harvests
from deliveries.lists import HarvestList, PackingList, SiteSheet
from deliveries.models import Crop, Harvest
from deliveries.printing import prints
from farms.models import PickupDay
from tests import factories

TUESDAY = date(2027, 6, 8)  # week 1 at the market
FRIDAY = date(2027, 6, 11)  # week 1 at the school gate


def with_shares(cast, *, full: int = 6, half: int = 4, site=None) -> None:
    for share_type, number in ((cast.full, full), (cast.half, half)):
        for _ in range(number):
            factories.make_share(factories.make_household(cast.farm), share_type, site=site or cast.market)


def make_crop(farm, name: str, *, unit: str = "kg", step: str = "0.05", price: int = 300) -> Crop:
    return Crop.objects.create(farm=farm, name=name, unit=unit, step=Decimal(step), price=price)


def picked(crop: Crop, quantity: str) -> harvests.Picked:
    steps, _rest = harvests.whole_steps(Decimal(quantity), unit=crop.unit, step=crop.step)
    return harvests.Picked(crop, steps, crop.unit, crop.step, crop.price)


def make_harvest(cast, amounts: dict[str, str] | None = None, *, date: date = TUESDAY, both: bool = False) -> Harvest:
    """A harvest written down: `amounts` by crop name; letters decide the unit ("90 bunch")."""
    harvest = harvests.open_harvest(farm=cast.farm, date=date, at=factories.NOW)
    if both:
        harvests.choose_days(harvest=harvest, days=PickupDay.objects.filter(week=harvest.week))
    known = harvests.crops_by_name(cast.farm)
    listed = []
    for name, text in (amounts or {"Carrots": "80.4 kg", "Chard": "9 bunch", "Lettuce": "4 head"}).items():
        number, unit = text.split()
        crop = known.get(harvests.folded(name)) or make_crop(
            cast.farm, name, unit=unit, step="0.05" if unit == "kg" else "1"
        )
        listed.append(picked(crop, number))
    harvests.record_harvest(harvest=harvest, picked=listed)
    return harvest


def publish(harvest: Harvest, *, at=factories.NOW, by=None) -> Harvest:
    """Asked for and divided, as the worker does it."""
    divisions.ask_for_division(harvest=harvest, by=by, at=at)
    assert divisions.divide_harvests(at) == 1
    harvest.refresh_from_db()
    return harvest


def crop_lists(case, divided, *, number: int, at) -> list[HarvestList | PackingList | SiteSheet]:
    """The lists that tell of crops: harvest list, packing list, site sheets."""
    sheets = prints.compose(case, divided, number=number, at=at)
    return [sheet for sheet in sheets if isinstance(sheet, HarvestList | PackingList | SiteSheet)]
