"""How money, amounts and dates are written for people, in the language of the page.

Everything goes through CLDR (Babel). Digits are the European ones in every language, Arabic included,
so that a printed list, a screen and a till receipt show the same figures.
"""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers, units
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from people.currencies import major, minor_digits
from people.read_numbers import NotANumber, read_money, read_number

__all__ = [
    "NotANumber", "clock", "clock_range", "comma", "day", "day_range", "isolated", "language", "major", "minor_digits",
    "money", "number", "percent", "quantity", "read_money", "read_number", "relative_day", "speaker",
]  # fmt: skip

DIGITS = "latn"
MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c"))
# "Tue 15 June" as each language writes it; the others follow CLDR.
DAY_PATTERNS = {
    "en": ("EEE d MMMM", "EEEE d MMMM y"),
    "fr": ("EEE d MMMM", "EEEE d MMMM y"),
    "es": ("EEE d 'de' MMMM", "EEEE d 'de' MMMM 'de' y"),
    "de": ("EEE d. MMMM", "EEEE, d. MMMM y"),
    "ar": ("EEEE d MMMM", "EEEE d MMMM y"),
}
MANY = 100  # of a part ("1.5 boxes") every language says what it says of a hundred: never one, never a pair
MEASURES = {"kg": "mass-kilogram", "g": "mass-gram", "l": "volume-liter", "ml": "volume-milliliter"}


def language() -> str:
    """The language of this page, as Django names it (`en`, `pt-br`)."""
    return translation.get_language() or "en"


def speaker() -> Locale:
    """The CLDR locale of this page. Plain English is Britain's: day before month, 24 hours."""
    name = language()
    if name == "en":
        return Locale("en", "GB")
    try:
        return Locale.parse(name, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")


def money(minor: int, currency: str, *, short: bool = False) -> str:
    """€26.00 from 2600 minor units; `short` leaves the cents out when there are none (€26).

    Plain text without direction marks: on a page use the `money` filter, which isolates it.
    """
    amount = major(minor, currency)
    digits = 0 if short and amount == amount.to_integral_value() else minor_digits(currency)
    pattern = numbers.parse_pattern(speaker().currency_formats["standard"].pattern)
    pattern.frac_prec = (digits, digits)
    text = pattern.apply(amount, speaker(), currency=currency.upper(), currency_digits=False, numbering_system=DIGITS)
    return str(text).translate(MARKS)


def number(value: Decimal | int | float | str) -> str:
    """A number with the language's separators and no needless zeros: 1,250 or 0.6."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return numbers.format_decimal(
        exact, locale=speaker(), decimal_quantization=False, numbering_system=DIGITS
    ).translate(MARKS)


def percent(ratio: Decimal | float, *, signed: bool = False, places: int = 0) -> str:
    """0.02 as 2%, or +2% when `signed`; whole percents, or up to so many `places`: 1.3%."""
    rounded = Decimal(str(ratio)).quantize(Decimal("0.01").scaleb(-places))
    text = numbers.format_percent(
        rounded if rounded else 0, locale=speaker(), decimal_quantization=not places, numbering_system=DIGITS
    )
    return ("+" + text if signed and rounded > 0 else text).translate(MARKS)


def quantity(value: Decimal | int, unit: str = "") -> str:
    """An amount of a crop: "1.4 kg", "3 bunches", or the bare number without a unit."""
    if not unit:
        return number(value)
    if unit in MEASURES:
        shown = units.format_unit(
            number(value), MEASURES[unit], length="short", locale=speaker(), numbering_system=DIGITS
        )
        return shown.translate(MARKS)
    return counted(value, unit) or f"{number(value)} {unit}"


def hours(minutes: int) -> str:
    """A length of time in hours: "1.5 hr"."""
    shown = units.format_unit(
        number(round(Decimal(minutes) / 60, 2)), "duration-hour", length="short", locale=speaker(),
        numbering_system=DIGITS,
    )  # fmt: skip
    return shown.translate(MARKS)


def counted(value: Decimal | int, unit: str) -> str:
    """ "2 bunches": the counted units farms use most, with each language's plurals; "" for others."""
    n = int(value) if value == int(value) else MANY
    told = {
        "bunch": ngettext("%(n)s bunch", "%(n)s bunches", n),
        "piece": ngettext("%(n)s piece", "%(n)s pieces", n),
        "head": ngettext("%(n)s head", "%(n)s heads", n),
        "bag": ngettext("%(n)s bag", "%(n)s bags", n),
        "box": ngettext("%(n)s box", "%(n)s boxes", n),
        "jar": ngettext("%(n)s jar", "%(n)s jars", n),
        "dozen": ngettext("%(n)s dozen", "%(n)s dozen", n),
    }.get(unit)
    return told % {"n": number(value)} if told else ""


def local_day(moment: date | datetime, zone: tzinfo | str | None = None) -> date:
    """The calendar day of a moment in `zone` (the page's zone if none is given)."""
    if not isinstance(moment, datetime):
        return moment
    return local(moment, zone).date()


def local(moment: datetime, zone: tzinfo | str | None = None) -> datetime:
    """A moment as clocks in `zone` show it."""
    where = ZoneInfo(zone) if isinstance(zone, str) and zone else zone or timezone.get_current_timezone()
    return moment.astimezone(where) if timezone.is_aware(moment) else moment


def day(moment: date | datetime, *, zone: tzinfo | str | None = None, full: bool = False) -> str:
    """ "Tue 15 June"; `full` gives "Tuesday 15 June 2027"."""
    when = local_day(moment, zone)
    patterns = DAY_PATTERNS.get(language().split("-")[0])
    if patterns:
        return dates.format_date(when, patterns[full], locale=speaker())
    return (
        dates.format_date(when, "full", locale=speaker())
        if full
        else dates.format_skeleton("MMMMEd", datetime.combine(when, time()), locale=speaker())
    )


def day_range(first: date, last: date) -> str:
    """ "1 – 15 June 2027": two days written once for what they share."""
    return dates.format_interval(first, last, "yMMMMd", locale=speaker()).translate(MARKS)


def clock(moment: datetime | time, *, zone: tzinfo | str | None = None) -> str:
    """ "17:00", in 24 hours everywhere."""
    shown = local(moment, zone) if isinstance(moment, datetime) else moment
    return f"{shown:%H:%M}"


def clock_range(start: datetime | time, end: datetime | time, *, zone: tzinfo | str | None = None) -> str:
    """ "17:00–19:30"."""
    return f"{clock(start, zone=zone)}–{clock(end, zone=zone)}"


def isolated(name: str) -> str:
    """A name or price in a sentence of another direction, between marks that keep the order: <bdi> in plain text.

    Left as it is where both run from left to right.
    """
    turning = translation.get_language_bidi() or any(unicodedata.bidirectional(c) in ("R", "AL") for c in name)
    return f"\u2068{name}\u2069" if turning else name


def comma() -> str:
    """What stands between two things in a row, space included: ", " or "، "."""
    return pgettext("between two things in a row", ", ")


def relative_day(when: date, *, today: date) -> str:
    """ "today", "tomorrow", "in 3 days", "2 days ago"; further than a fortnight, the day itself."""
    away = (when - today).days
    near = {0: pgettext("day", "today"), 1: pgettext("day", "tomorrow"), -1: pgettext("day", "yesterday")}
    if away in near:
        return near[away]
    if 0 < away <= 14:
        return ngettext("in %(n)d day", "in %(n)d days", away) % {"n": away}
    if -14 <= away < 0:
        return ngettext("%(n)d day ago", "%(n)d days ago", -away) % {"n": -away}
    return _("on %(day)s") % {"day": day(when)}
