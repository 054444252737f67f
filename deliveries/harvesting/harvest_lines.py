"""Lines that were written elsewhere, understood as the farm counts: which crop, how many steps, at what price."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from deliveries.harvesting.harvest_log import Line, LogRefused
from deliveries.harvesting.harvests import Picked, begin_crop, crops_by_name, folded, whole_steps
from deliveries.harvesting.quantities import UNITS, QuantityUnreadable, read_unit
from deliveries.models import Crop
from farms.models import Farm
from people.formats import NotANumber, number, read_money, read_number
from people.names import NameField

ALIKE = {("g", "kg"): Decimal("0.001"), ("kg", "g"): Decimal(1000), ("ml", "l"): Decimal("0.001"),
         ("l", "ml"): Decimal(1000), ("oz", "lb"): Decimal(1) / 16, ("lb", "oz"): Decimal(16)}  # fmt: skip


def understand(
    lines: Iterable[Line], *, farm: Farm, new_crops: bool, read: Callable[[str], Decimal] = read_number
) -> list[Line]:
    """Each line's crop, steps and price as the farm counts them; the same crop twice is added up.

    new_crops: a crop that is not known yet is begun, with the usual step of its unit; else it is a fault.
    """
    crops = crops_by_name(farm)
    understood = []
    for line in lines:
        if not line.faults:
            _understand(line, crops, farm, new_crops, read)
        understood.append(line)
    return _added_up(understood)


def _understand(
    line: Line, crops: dict[str, Crop], farm: Farm, new_crops: bool, read: Callable[[str], Decimal]
) -> None:
    line.known = crops.get(folded(line.crop))
    if line.known is None:
        _must_be_a_name(line, new_crops)
    unit = read_unit(line.unit) if line.unit else line.known.unit if line.known else None
    if unit is None:
        line.faults.append(
            _("“%(unit)s” is not a unit. Units are: %(units)s.") % {"unit": line.unit, "units": ", ".join(UNITS)}
            if line.unit
            else _("The unit is missing: kg, bunch, piece…")
        )
    if line.price:
        try:
            line.in_price = read_money(line.price, farm.currency)
        except NotANumber as odd:
            line.faults.append(_("The price: %(reason)s") % {"reason": odd.reason})
    if unit is not None:
        _measure(line, unit, read)


def _must_be_a_name(line: Line, new_crops: bool) -> None:
    try:
        line.crop = NameField(max_length=60, required=False).clean(line.crop)
    except ValidationError as odd:
        line.faults.extend(odd.messages)
        return
    if not line.crop:
        line.faults.append(_("The crop is missing."))
    elif not new_crops:
        line.faults.append(_("“%(crop)s” is not a crop of this farm.") % {"crop": line.crop})


def _measure(line: Line, unit: str, read: Callable[[str], Decimal]) -> None:
    """Steps of the crop's own unit, or of the unit's usual step when it is new."""
    known = line.known
    line.in_unit, line.step = (known.unit, known.step) if known else (unit, UNITS[unit].step)
    try:
        quantity = read(line.quantity)
        if unit != line.in_unit:
            if (unit, line.in_unit) not in ALIKE:
                told = {"crop": line.crop, "unit": UNITS[line.in_unit].name, "other": UNITS[unit].name}
                raise QuantityUnreadable(_("%(crop)s is counted by the %(unit)s here, not by the %(other)s.") % told)
            quantity *= ALIKE[unit, line.in_unit]
        line.steps, rest = whole_steps(quantity, unit=line.in_unit, step=line.step)
    except NotANumber as odd:
        line.faults.append(_("The quantity: %(reason)s") % {"reason": odd.reason})
    except QuantityUnreadable as odd:
        line.faults.append(str(odd.message))
    else:
        if rest:
            told_rest = {"rest": number(rest.normalize()), "unit": line.in_unit}
            line.notes.append(_("%(rest)s %(unit)s are less than a step and left out.") % told_rest)


def _added_up(lines: list[Line]) -> list[Line]:
    """A crop that comes twice is one line, with a note; two prices for it are a fault."""
    first: dict[str, Line] = {}
    kept = []
    for line in lines:
        before = first.get(folded(line.crop)) if not line.faults else None
        if before is None:
            kept.append(line)
            if not line.faults:
                first[folded(line.crop)] = line
        elif not _alike(before, line):
            line.faults.append(
                _("%(crop)s stands on line %(number)s already, counted or priced otherwise.")
                % {"crop": line.crop, "number": before.number}
            )
            kept.append(line)
        else:
            before.steps += line.steps
            before.in_price = line.in_price if before.in_price is None else before.in_price
            before.notes += [*line.notes, _("Added up with line %(number)s.") % {"number": line.number}]
    return kept


def _alike(before: Line, line: Line) -> bool:
    """Counted in the same steps, and not at two prices."""
    prices = {before.in_price, line.in_price} - {None}
    return (before.in_unit, before.step) == (line.in_unit, line.step) and len(prices) < 2


def faults_of(lines: Iterable[Line]) -> list[tuple[int, str]]:
    return [(line.number, fault) for line in lines for fault in line.faults]


def picked_from(lines: Iterable[Line], *, farm: Farm) -> list[Picked]:
    """What the lines say came in; crops not known yet are begun. Raises LogRefused if a line has a fault."""
    understood = list(lines)
    if faults := faults_of(understood):
        raise LogRefused(faults)
    found = []
    for line in understood:
        crop = line.known or begin_crop(
            farm=farm, name=line.crop, unit=line.in_unit, step=line.step, price=line.in_price or 0
        )
        price = crop.price if line.in_price is None else line.in_price
        found.append(Picked(crop, line.steps, line.in_unit, line.step, price))
    return found
