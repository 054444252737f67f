"""Steps, amounts, units: what a farmer types and what a packer reads."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from deliveries.harvesting.quantities import (
    UNITS,
    QuantityUnreadable,
    amount,
    read_quantity,
    read_unit,
    show_between,
    show_number,
    show_quantity,
    split_quantity,
    steps_of,
    unit_choices,
)

KG = Decimal("0.05")


@pytest.mark.parametrize(
    ("steps", "step", "unit", "language", "shown"),
    [
        (28, KG, "kg", "en", "1.4\u00a0kg"),
        (28, KG, "kg", "de", "1,4\u00a0kg"),
        (20, KG, "kg", "en", "1\u00a0kg"),
        (26510, KG, "kg", "en", "1,325.5\u00a0kg"),
        (3, Decimal(1), "piece", "en", "3"),
        (1, Decimal(1), "bunch", "en", "1\u00a0bunch"),
        (2, Decimal(1), "bunch", "en", "2\u00a0bunches"),
        (1, Decimal("0.5"), "bunch", "en", "0.5\u00a0bunches"),
        (0, KG, "kg", "en", "0\u00a0kg"),
        (4, Decimal(1), "handful", "en", "4\u00a0handful"),
        (100, Decimal(10), "g", "en", "1,000\u00a0g"),
    ],
)
def test_an_amount_is_shown_in_its_unit(steps, step, unit, language, shown):
    assert show_quantity(steps, step, unit, language) == shown


@pytest.mark.parametrize(
    ("least", "most", "unit", "language", "shown"),
    [
        (0, 10, "kg", "en", "0–0.5\u00a0kg"),
        (10, 10, "kg", "en", "0.5\u00a0kg"),
        (0, 0, "kg", "en", "–"),
        (20, 40, "", "en", "1–2"),
        (0, 10, "kg", "ar", "\u20660–0.5\u2069\u00a0كغم"),
    ],
)
def test_from_least_to_most_runs_from_left_to_right_in_every_language(least, most, unit, language, shown):
    assert show_between(least, most, Decimal("0.05"), unit, language) == shown


def test_the_number_alone_follows_the_language_in_force():
    with override("fr"):
        assert show_number(28, KG) == "1,4"


@pytest.mark.parametrize(
    ("text", "step", "steps"),
    [
        ("80.4", KG, 1608),
        ("80,4", KG, 1608),
        ("٨٠٫٤", KG, 1608),
        (" 90 ", Decimal(1), 90),
        ("0", KG, 0),
        ("1 250", KG, 25000),
    ],
)
def test_what_a_farmer_types_is_read_as_whole_steps(text, step, steps):
    assert read_quantity(text, step=step) == steps


@pytest.mark.parametrize(
    ("text", "step", "reason"),
    [
        ("80.43", KG, "80.43 is not a whole number of steps of 0.05: write 80.4 or 80.45."),
        ("1.5", Decimal(1), "1.5 is not a whole number of steps of 1: write 1 or 2."),
        ("", KG, "Enter a number."),
        ("-3", KG, "Enter a number that is not below zero."),
        ("lots", KG, "Write it in plain digits, like 1250 or 1.5."),
        ("9999999999", KG, "That is more than a farm can pick. Is there a digit too many?"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_write_instead(text, step, reason):
    with pytest.raises(QuantityUnreadable) as refused:
        read_quantity(text, step=step)
    assert str(refused.value.message) == reason


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("kg", "kg"), ("Kilos", "kg"), ("kg.", "kg"), ("كغ", "kg"), ("كيلو", "kg"), ("grams", "g"), ("LBS", "lb"),
        ("Bund", "bunch"), ("botte", "bunch"), ("manojo", "bunch"), ("حزمة", "bunch"),
        ("pièce", "piece"), ("Stück", "piece"),
        ("tête", "head"), ("Köpfe", "head"), ("pint", "punnet"), ("docena", "dozen"), ("Litres", "l"),
        ("furlong", None), ("", None),
    ],
)  # fmt: skip
def test_units_are_known_by_the_words_farmers_use(word, code):
    assert read_unit(word) == code


def test_every_unit_can_be_chosen_and_is_read_back_by_its_own_name():
    assert [code for code, _ in unit_choices()] == list(UNITS)
    assert {code: read_unit(str(name)) for code, name in unit_choices()} == {code: code for code in UNITS}


def test_steps_and_amounts_turn_into_each_other():
    assert [steps_of(amount(steps, KG), KG) for steps in (0, 1, 7, 1608)] == [0, 1, 7, 1608]
    assert str(amount(20, Decimal("0.5"))) == "10"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("80,4 kg", ("80,4", "kg")),
        ("90bunches", ("90", "bunches")),
        ("kg", ("", "kg")),
        ("٨٠٫٤ كغ", ("٨٠٫٤", "كغ")),
        ("", ("", "")),
    ],
)
def test_a_quantity_with_its_unit_is_taken_apart(text, parts):
    assert split_quantity(text) == parts
