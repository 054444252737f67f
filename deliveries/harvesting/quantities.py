"""How much of a crop: whole steps inside, words a packer reads outside.

A quantity is a whole number of the crop's step (50 g, 1 bunch); the step is a Decimal in the crop's unit.
So 28 steps of 0.05 kg are 1.4 kg, and nothing is ever rounded.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language_bidi, ngettext, override
from django.utils.translation import gettext_lazy as _

from people.formats import NotANumber, number, read_number

MOST_STEPS = 10_000_000
"""More of one crop than any farm picks in a day: beyond it somebody's finger slipped."""


class QuantityUnreadable(ValueError):
    """A typed quantity we cannot take; its message is what to show beside the field."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit crops are counted in: `code` is stored, `name` shown in lists of choices.

    `counted(n)` gives the word after the number n, or nothing for things counted as they are ("3").
    `step` is the usual smallest useful amount, in the unit.
    """

    code: str
    name: str | Promise
    step: Decimal
    counted: Callable[[int], str]
    measured: bool = False


def _measure(symbol: Promise) -> Callable[[int], str]:
    return lambda n: str(symbol)


UNITS: dict[str, Unit] = {
    unit.code: unit
    for unit in (
        Unit(code="kg", name=_("kilogram"), step=Decimal("0.05"), counted=_measure(_("kg")), measured=True),
        Unit(code="g", name=_("gram"), step=Decimal("10"), counted=_measure(_("g")), measured=True),
        Unit(code="lb", name=_("pound"), step=Decimal("0.1"), counted=_measure(_("lb")), measured=True),
        Unit(code="oz", name=_("ounce"), step=Decimal("1"), counted=_measure(_("oz")), measured=True),
        Unit(code="l", name=_("litre"), step=Decimal("0.1"), counted=_measure(_("l")), measured=True),
        Unit(code="ml", name=_("millilitre"), step=Decimal("10"), counted=_measure(_("ml")), measured=True),
        Unit(code="piece", name=_("piece"), step=Decimal(1), counted=lambda n: ""),
        Unit(
            code="bunch",
            name=_("bunch"),
            step=Decimal(1),
            counted=lambda n: ngettext("bunch", "bunches", n),
        ),
        Unit(code="head", name=_("head"), step=Decimal(1), counted=lambda n: ngettext("head", "heads", n)),
        Unit(
            code="punnet",
            name=_("punnet"),
            step=Decimal(1),
            counted=lambda n: ngettext("punnet", "punnets", n),
        ),
        Unit(code="bag", name=_("bag"), step=Decimal(1), counted=lambda n: ngettext("bag", "bags", n)),
        Unit(code="jar", name=_("jar"), step=Decimal(1), counted=lambda n: ngettext("jar", "jars", n)),
        Unit(
            code="bottle",
            name=_("bottle"),
            step=Decimal(1),
            counted=lambda n: ngettext("bottle", "bottles", n),
        ),
        Unit(code="loaf", name=_("loaf"), step=Decimal(1), counted=lambda n: ngettext("loaf", "loaves", n)),
        Unit(code="crate", name=_("crate"), step=Decimal(1), counted=lambda n: ngettext("crate", "crates", n)),
        Unit(code="dozen", name=_("dozen"), step=Decimal(1), counted=lambda n: ngettext("dozen", "dozen", n)),
    )
}

_ALIASES: dict[str, str] = {
    # What farmers write in their logs: English; French; German; Spanish; Arabic.
    "kg": "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogramm kilogramo kilogramos"
    " كغ كغم كجم كيلو كيلوغرام كيلوجرام",
    "g": "g gr grs gm gms gram grams gramme grammes gramm gramo gramos غ غم جم غرام غراما غرامات جرام جرامات",
    "lb": "lb lbs pound pounds # livre livres pfund libra libras رطل أرطال باوند",
    "oz": "oz ounce ounces once onces unze unzen onza onzas أونصة أونصات",
    "l": "l lt ltr ltrs liter liters litre litres litro litros لتر ليتر لترات ل",
    "ml": "ml millilitre millilitres milliliter milliliters mililitro mililitros مل ملل مليلتر",
    "piece": "piece pieces pc pcs pce ea each unit units count ct x pièce pièces pce unité unités stück stk st"
    " stuck pieza piezas pza pzas unidad unidades ud uds قطعة قطع حبة حبات وحدة",
    "bunch": "bunch bunches bn bch bnch botte bottes bouquet bund bunde bd manojo manojos atado atados"
    " حزمة حزم ربطة ربطات باقة باقات",
    "head": "head heads hd tête têtes kopf köpfe cabeza cabezas رأس رؤوس",
    "punnet": "punnet punnets pnt pt pint pints clamshell basket baskets barquette barquettes schale schalen"
    " körbchen tarrina tarrinas bandeja bandejas علبة علب سلة سلال",
    "bag": "bag bags sack sacks sachet sachets sac sacs beutel tüte tüten bolsa bolsas كيس أكياس",
    "jar": "jar jars bocal bocaux pot pots glas gläser tarro tarros frasco frascos برطمان برطمانات مرطبان",
    "bottle": "bottle bottles bouteille bouteilles flasche flaschen botella botellas زجاجة زجاجات قنينة",
    "loaf": "loaf loaves pain pains miche laib laibe brot brote pan panes hogaza رغيف أرغفة",
    "crate": "crate crates box boxes case cases cageot cageots caisse caisses kiste kisten caja cajas صندوق صناديق",
    "dozen": "dozen dozens doz dz douzaine douzaines dutzend docena docenas دزينة دزينات",
}


def _folded(text: str) -> str:
    """A word as people mean it: no case, accents, dots or marks."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in bare if unicodedata.category(c) not in {"Mn", "Cf"} and c not in ".·ـ ")


_CODES = {_folded(word): code for code, words in _ALIASES.items() for word in words.split()}


def unit_choices() -> list[tuple[str, str | Promise]]:
    """Every unit as (code, name), in the order a farmer looks for them; kg and the like by their symbol."""
    return [(unit.code, unit.counted(1) if unit.measured else unit.name) for unit in UNITS.values()]


def read_unit(text: str) -> str | None:
    """The code of the unit somebody wrote ("Kilos", "kg.", "botte", "حزمة"), or None when we don't know it."""
    return _CODES.get(_folded(text.strip()))


def unit_word(unit: str, count: int = 1) -> str:
    """The word for that many of a unit in the language in force; nothing for pieces; an unknown unit as it is."""
    known = UNITS.get(unit)
    return known.counted(count) if known else unit


def amount(steps: int, step: Decimal) -> Decimal:
    """The amount in the crop's unit: 28 steps of 0.05 are Decimal("1.4")."""
    value = (steps * step).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def steps_of(quantity: Decimal, step: Decimal) -> int:
    """The whole steps in an amount; QuantityUnreadable when it does not come out whole."""
    count, rest = divmod(quantity, step)
    if rest:
        below, above = amount(int(count), step), amount(int(count) + 1, step)
        raise QuantityUnreadable(
            _("%(quantity)s is not a whole number of steps of %(step)s: write %(below)s or %(above)s.")
            % {
                "quantity": number(quantity),
                "step": number(step.normalize()),
                "below": number(below),
                "above": number(above),
            }
        )
    return int(count)


def read_quantity(text: str, *, step: Decimal) -> int:
    """What a farmer typed ("80,4", "1 250", "٨٠٫٤") as whole steps, read in the language in force.

    Raises QuantityUnreadable, whose message says what to write instead.
    """
    try:
        quantity = read_number(text)
    except NotANumber as unread:
        raise QuantityUnreadable(unread.reason) from unread
    if quantity / step > MOST_STEPS:
        raise QuantityUnreadable(_("That is more than a farm can pick. Is there a digit too many?"))
    return steps_of(quantity, step)


def split_quantity(text: str) -> tuple[str, str]:
    """ "80,4 kg" as its number and its unit: ("80,4", "kg"); either may be empty."""
    text = text.strip()
    end = 0
    for place, character in enumerate(text):
        if character.isdecimal():
            end = place + 1
        elif character.isalpha():
            break
    return text[:end].strip(), text[end:].strip()


def show_number(steps: int, step: Decimal) -> str:
    """The number alone as the language in force writes it: "1.4", "1,4"."""
    return number(amount(steps, step))


def show_quantity(steps: int, step: Decimal, unit: str, language: str | None = None) -> str:
    """An amount as a language (or the one in force) writes it: "1.4 kg", "2 bunches", and "3" for pieces.

    A no-break space keeps number and unit on one line.
    """
    if language is not None:
        with override(language):
            return show_quantity(steps, step, unit)
    value = amount(steps, step)
    word = unit_word(unit, _plural_number(value))
    return f"{number(value)}\u00a0{word}" if word else number(value)


def show_between(least: int, most: int, step: Decimal, unit: str, language: str | None = None) -> str:
    """What shares get: "1.4 kg", "1–2 heads" where they differ, "–" for nothing.

    From least to most runs from left to right in every language: from right to left, it would read from most to least.
    """
    if least == most:
        return show_quantity(most, step, unit, language) if most else "–"
    if language is not None:
        with override(language):
            return show_between(least, most, step, unit)
    some = f"{number(amount(least, step))}–{number(amount(most, step))}"
    if get_language_bidi():
        some = f"\u2066{some}\u2069"
    word = unit_word(unit, _plural_number(amount(most, step)))
    return f"{some}\u00a0{word}" if word else some


def _plural_number(value: Decimal) -> int:
    """The whole number whose plural a value takes; half a bunch is counted like several."""
    return int(value) if value == int(value) else 5
