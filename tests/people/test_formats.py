"""Money, amounts and dates are written, and numbers read, in the reader's language."""

import contextlib
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from people import formats
from people.formats import NotANumber, read_money, read_number

TUESDAY = date(2027, 6, 15)
NBSP, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "€2,650.50"),
        ("fr", f"2{NARROW}650,50{NBSP}€"),
        ("es", f"2.650,50{NBSP}€"),
        ("de", f"2.650,50{NBSP}€"),
        ("ar", f"2,650.50{NBSP}€"),
    ],
)
def test_money_is_written_as_the_language_writes_it_without_direction_marks(language, shown):
    with translation.override(language):
        assert formats.money(265050, "EUR") == shown


def test_each_currency_has_its_own_minor_unit():
    assert [formats.money(1500, code) for code in ("EUR", "JPY", "TND")] == ["€15.00", "JP¥1,500", "TND1.500"]
    assert [formats.money(1500, "EUR", short=True), formats.money(1550, "EUR", short=True)] == ["€15", "€15.50"]


def test_no_cent_is_rounded_away_even_where_shops_round():
    assert formats.money(12345, "ISK") == "ISK123.45"


def test_amounts_have_no_needless_zeros_and_bear_their_unit():
    assert [
        formats.quantity(Decimal("1.40"), "kg"),
        formats.quantity(Decimal("0.05"), "kg"),
        formats.quantity(1, "bunch"),
        formats.quantity(3, "bunch"),
        formats.quantity(2, "tray"),
        formats.quantity(Decimal("1234.5")),
    ] == ["1.4 kg", "0.05 kg", "1 bunch", "3 bunches", "2 tray", "1,234.5"]


def test_a_day_and_a_window_read_as_people_say_them():
    assert formats.day(TUESDAY) == "Tue 15 June"
    assert formats.day(TUESDAY, full=True) == "Tuesday 15 June 2027"
    with translation.override("ar"):
        assert formats.day(TUESDAY) == "الثلاثاء 15 يونيو"
    with translation.override("de"):
        assert formats.day(TUESDAY) == "Di. 15. Juni"
    assert formats.clock_range(time(17), time(19, 30)) == "17:00–19:30"


def test_a_moment_is_shown_on_the_clocks_of_the_site():
    late = datetime(2027, 6, 15, 22, 30, tzinfo=UTC)
    assert formats.day(late, zone="Europe/Paris") == "Wed 16 June"
    assert formats.clock(late, zone="Europe/Paris") == "00:30"
    assert formats.day(late, zone="America/New_York") == "Tue 15 June"


def test_near_days_are_told_by_their_distance():
    days = [date(2027, 6, day) for day in (14, 15, 16, 18)]
    told = [formats.relative_day(day, today=TUESDAY) for day in days]
    assert told == ["yesterday", "today", "tomorrow", "in 3 days"]
    assert formats.relative_day(date(2027, 8, 3), today=TUESDAY) == "on Tue 3 August"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("80.4", "80.4"), ("1,50", "1.50"), ("1.234,56", "1234.56"), ("1,234.56", "1234.56"), (" 12 ", "12"),
        ("١٢٫٥", "12.5"), ("٨٠٫٤", "80.4"), ("١٬٢٣٤٫٥", "1234.5"), ("۱۲", "12"), ("1 234,5", "1234.5"),
        (f"1{NARROW}234", "1234"), ("1'234.50", "1234.50"), ("1.234.567", "1234567"), ("+3", "3"), ("-0", "0"),
        (".5", "0.5"), ("0,125", "0.125"), ("1234,567", "1234.567"), ("007", "7"), ("\u20665\u2069", "5"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed, read):
    assert read_number(typed) == Decimal(read)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "empty"), ("  ", "empty"), ("1e5", "not_a_number"), ("1_000", "not_a_number"), ("NaN", "not_a_number"),
        ("inf", "not_a_number"), ("1\x002", "not_a_number"), ("\x00", "not_a_number"), ("²", "not_a_number"),
        ("1,2,3", "not_a_number"), ("1.2.3", "not_a_number"), ("1,23.456,7", "not_a_number"), ("--1", "not_a_number"),
        ("1-2", "not_a_number"), (",", "not_a_number"), (".", "not_a_number"), ("12 kg", "not_a_number"),
        ("1٢", "not_a_number"), ("\ud800", "not_a_number"), ("-5", "negative"), ("−5", "negative"),
        ("1,250", "ambiguous"), ("9" * 13, "too_large"), ("9" * 4000, "too_large"), ("1 5", "not_a_number"),
        ("=1+1", "not_a_number"), ("1.234,567.8", "not_a_number"), ("½", "not_a_number"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_a_reason(typed, why):
    with pytest.raises(NotANumber) as refused:
        read_number(typed)
    assert refused.value.code == why
    assert refused.value.reason


def test_the_language_decides_what_three_figures_after_a_mark_mean():
    assert read_number("1.250") == Decimal("1.25")
    with translation.override("fr"):
        assert read_number("1,250") == Decimal("1.25")
        with pytest.raises(NotANumber):
            read_number("1.250")
    assert read_number("58,400", places=2) == 58400


def test_more_decimals_than_make_sense_are_refused():
    assert read_number("3.00", places=0) == 3
    for typed, places, code in (("0.005", 2, "too_fine"), ("2.5", 0, "whole")):
        with pytest.raises(NotANumber) as refused:
            read_number(typed, places=places)
        assert refused.value.code == code
    with pytest.raises(NotANumber, match="too_fine") as refused:
        read_number("0.005", places=2)
    assert refused.value.reason == "Use at most 2 decimals."


def test_a_number_below_zero_is_read_only_where_it_makes_sense():
    assert read_number("-2,5", negative=True) == Decimal("-2.5")


def test_money_is_read_into_minor_units():
    assert [read_money("26,50", "EUR"), read_money("26", "EUR"), read_money("500", "JPY")] == [2650, 2600, 500]
    assert read_money("1.250", "TND") == 1250
    with pytest.raises(NotANumber):
        read_money("500.5", "JPY")


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_number_or_refused(text):
    with contextlib.suppress(NotANumber):
        assert read_number(text).is_finite()


@pytest.mark.parametrize("language", ["en", "fr", "de", "es"])
@given(cents=st.integers(0, 10**11))
def test_what_is_written_is_read_back(language, cents):
    with translation.override(language):
        written = formats.number(Decimal(cents).scaleb(-2))
        assert read_number(written, places=2) == Decimal(cents).scaleb(-2)
