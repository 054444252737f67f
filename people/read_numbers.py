"""Reading the numbers people type: `1,50`, `1.234,56`, `80.4`, `٨٠٫٤`.

A number that could mean two things is refused with a reason, never guessed: a list that is a thousand
times too long is worse than a question.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from babel import Locale, numbers
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from people.currencies import minor_digits, step_of

INVISIBLE = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u2066\u2067\u2068\u2069\ufeff"))
ALIKE = str.maketrans({"،": ",", "٫": "d", "٬": "g", "−": "-", "’": "g", "'": "g"}) | dict.fromkeys(
    map(ord, " \u00a0\u2009\u202f"), "g"
)
LARGEST = Decimal(10) ** 12

REASONS: dict[str, Promise] = {
    "empty": _("Enter a number."),
    "not_a_number": _("Write it in plain digits, like 1250 or 1.5."),
    "negative": _("Enter a number that is not below zero."),
    "ambiguous": _("This could mean thousands or decimals. Write it like 1250 or 1.25."),
    "too_large": _("This number is too large."),
    "whole": _("Enter a whole number."),
    "too_fine": _("Use at most %(places)s decimals."),
}


class NotANumber(ValueError):
    """What was typed cannot be read as one number; `reason` says why, in words for the person."""

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.details = details
        super().__init__(code)

    @property
    def reason(self) -> str:
        return str(REASONS[self.code]) % self.details if self.details else str(REASONS[self.code])


def read_number(text: str, *, places: int | None = None, negative: bool = False) -> Decimal:
    """The number that `text` means to someone who reads the page's language.

    `places` is how many decimals make sense (0 for pieces, 2 for euros; None for any). Exponents,
    underscores, NaN, NUL, letters and mixed digits are refused. Raises NotANumber.
    """
    plain = text.translate(INVISIBLE).strip()
    if not plain:
        raise NotANumber("empty")
    if len(plain) > 40:
        raise NotANumber("too_large" if plain.isdecimal() else "not_a_number")
    sign, figures = _split_sign(_european(plain))
    value = Decimal(_decimal_point(figures, places=places))
    if sign == "-" and value and not negative:
        raise NotANumber("negative")
    if value >= LARGEST:
        raise NotANumber("too_large")
    _check_places(value, places)
    return -value if sign == "-" and value else value


def read_money(text: str, currency: str, *, negative: bool = False) -> int:
    """What was typed as an amount of `currency`, in minor units, in its steps. Raises NotANumber."""
    digits, step = minor_digits(currency), step_of(currency)
    places = digits - len(str(step)) + 1  # 12.345 dinars cannot be paid by card: 12.34 or 12.35
    return int(read_number(text, places=places, negative=negative).scaleb(digits))


def _european(plain: str) -> str:
    """The same figures in European digits, `g` for a mark that only groups, `d` for one that only divides."""
    shown, zeros = [], set()
    for char in plain.translate(ALIKE):
        figure = unicodedata.decimal(char, None)
        if figure is not None:
            zeros.add(ord(char) - figure)
            shown.append(str(figure))
        elif char in "+-.,gd":
            shown.append(char)
        else:
            raise NotANumber("not_a_number")
    if len(zeros) != 1:
        raise NotANumber("not_a_number")
    return "".join(shown)


def _split_sign(figures: str) -> tuple[str, str]:
    sign = figures[0] if figures[0] in "+-" else ""
    rest = figures[len(sign) :]
    if "+" in rest or "-" in rest:
        raise NotANumber("not_a_number")
    return sign, rest


def _decimal_point(figures: str, *, places: int | None) -> str:
    """The figures with `.` for the decimal point and nothing else."""
    mark = _decimal_mark(figures, places=places)
    whole, point, part = figures.rpartition(mark) if mark else (figures, "", "")
    if point and not part.isdecimal() and part:
        raise NotANumber("not_a_number")
    grouped = re.fullmatch(r"\d{1,3}(?:([.,g])\d{3})(?:\1\d{3})*|\d*", whole)
    if not grouped or (grouped[1] and grouped[1] == mark) or not (whole or part):
        raise NotANumber("not_a_number")
    return f"{re.sub(r'[.,g]', '', whole) or '0'}.{part or '0'}"


def _decimal_mark(figures: str, *, places: int | None) -> str:
    """Which mark, if any, is the decimal point of these figures."""
    marks = re.findall(r"[.,gd]", figures)
    if "d" in marks:
        return "d"
    points = [mark for mark in marks if mark != "g"]
    if not points or (len(points) > 1 and len(set(points)) == 1):
        return ""
    last = str(points[-1])
    if len(marks) > 1 or not re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", figures) or last == _usual_point():
        return last
    if places is not None and places < 3:
        return ""
    raise NotANumber("ambiguous")


def _usual_point() -> str:
    """The decimal point of the page's language."""
    name = (translation.get_language() or "en").replace("-", "_")
    try:
        return str(numbers.get_decimal_symbol(Locale.parse(name), numbering_system="latn"))
    except ValueError:
        return "."


def _check_places(value: Decimal, places: int | None) -> None:
    if places is None:
        return
    if value != value.quantize(Decimal(1).scaleb(-places)):
        raise NotANumber("too_fine", places=places) if places else NotANumber("whole")
