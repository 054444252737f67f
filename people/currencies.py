"""How a currency's minor unit is counted: as Stripe counts it (EUR in cents, JPY in yen, TND in millimes)."""

from __future__ import annotations

from decimal import Decimal

NO_MINOR = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DIGITS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))


# The card processor takes these in steps only: the last digit of thousandths is 0, and the krona and the shilling are
# counted in hundredths of which there are none (https://docs.stripe.com/currencies#special-cases, #three-decimal). So
# every price is a multiple of the step, and what is paid by hand is the same money as what is paid by card.
STEPS = dict.fromkeys(THREE_DIGITS, 10) | {"ISK": 100, "UGX": 100}


def step_of(currency: str) -> int:
    """The smallest amount of `currency` that prices are made of, in minor units (EUR 1, JPY 1, TND 10)."""
    return STEPS.get(currency.upper(), 1)


def minor_digits(currency: str) -> int:
    """How many digits the minor unit of `currency` has (EUR 2, JPY 0, TND 3)."""
    if currency.upper() in NO_MINOR:
        return 0
    return 3 if currency.upper() in THREE_DIGITS else 2


def major(minor: int, currency: str) -> Decimal:
    """An amount in the currency's main unit: 2650 EUR cents are 26.50."""
    return Decimal(minor).scaleb(-minor_digits(currency))
