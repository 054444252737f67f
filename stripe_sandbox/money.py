"""Currencies as Stripe counts them, and the fee it keeps."""

from __future__ import annotations

from .errors import ApiError, bad_parameter

# https://docs.stripe.com/currencies#presentment-currencies
CURRENCIES = frozenset(
    """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf
    clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr
    ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr
    mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd
    shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw
    """.split()  # noqa: SIM905  (a hundred quoted words are not easier to read)
)
# https://docs.stripe.com/currencies#zero-decimal and #three-decimal
WITHOUT_CENTS = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf")
)
IN_THOUSANDTHS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
# "the API requires the least-significant (last) digit to be 0" (#three-decimal); "a zero-decimal currency that must be
# represented as a two-decimal value, where the decimal amount is always 00" (#special-cases)
STEPS = dict.fromkeys(IN_THOUSANDTHS, 10) | {"isk": 100, "ugx": 100}
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
LEAST = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
MOST = 99_999_999


def check_currency(currency: str, *, param: str) -> str:
    lowered = currency.lower()
    if lowered not in CURRENCIES:
        raise bad_parameter(f"Invalid currency: {currency[:10]}.", param=param)
    return lowered


def check_amount(amount: int, currency: str, *, param: str) -> int:
    if amount > MOST:
        raise ApiError(f"Amount must be no more than {shown(MOST, currency)}.", code="amount_too_large", param=param)
    if amount % STEPS.get(currency, 1):
        raise bad_parameter(
            f"Invalid integer: {amount}; must be divisible by {STEPS[currency]} in {currency}.",
            param=param,
            code="parameter_invalid_integer",
        )
    if amount < LEAST.get(currency, 1):
        raise ApiError(
            f"Amount must be at least {shown(LEAST.get(currency, 1), currency)}.",
            code="amount_too_small",
            param=param,
        )
    return amount


def fee_for(amount: int, currency: str) -> int:
    """1.5 % + 0.25, a European card on a European account (https://stripe.com/pricing, a guess elsewhere)."""
    fixed = 25 if currency not in WITHOUT_CENTS else 30
    return min(amount, (amount * 15 + 500) // 1000 + fixed)


def shown(amount: int, currency: str) -> str:
    """An amount for people, in the plain way that needs no locale: 1,234.50 EUR."""
    digits = 0 if currency in WITHOUT_CENTS else 3 if currency in IN_THOUSANDTHS else 2
    whole, part = divmod(abs(amount), 10**digits)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}" + (f".{part:0{digits}d}" if digits else "") + f" {currency.upper()}"
