"""Stripe's test cards (https://docs.stripe.com/testing) and what each of them does."""

from __future__ import annotations

import datetime
import unicodedata
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Card:
    brand: str = "visa"
    decline: tuple[str, str | None, str] | None = None  # code, decline code, words
    asks: bool = False  # 3-D Secure: the bank wants to see the buyer first
    refund: str = "succeeded"  # what becomes of a refund: succeeded, pending (then succeeded), failed (later)
    last4: str = ""
    insists: bool = False  # asks each time, also when it was set up for later
    only_later: bool = False  # may be kept; each charge of it is declined
    disputed: bool = False  # its owner tells the bank that it was not them


def _declined(decline_code: str, words: str = "Your card was declined.", code: str = "card_declined") -> Card:
    return Card(decline=(code, decline_code, words))


FUNDS = "Your card has insufficient funds."
NOT_A_TEST_CARD = _declined(
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card. "
    "For a list of valid test cards, visit: https://docs.stripe.com/testing.",
)
TEST_CARDS: dict[str, Card] = {
    "4242424242424242": Card(),
    "4000056655665556": Card(),
    "5555555555554444": Card(brand="mastercard"),
    "2223003122003222": Card(brand="mastercard"),
    "378282246310005": Card(brand="amex"),
    "6011111111111117": Card(brand="discover"),
    "4000000000000002": _declined("generic_decline"),
    "4000000000009995": _declined("insufficient_funds", FUNDS),
    "4000000000009987": _declined("lost_card"),
    "4000000000009979": _declined("stolen_card"),
    "4000000000000069": Card(decline=("expired_card", None, "Your card has expired.")),
    "4000000000000127": Card(decline=("incorrect_cvc", None, "Your card's security code is incorrect.")),
    "4000000000000119": Card(
        decline=("processing_error", None, "An error occurred while processing your card. Try again in a little bit.")
    ),
    "4000002500003155": Card(asks=True),
    "4000002760003184": Card(asks=True, insists=True),
    "4000000000000341": Card(decline=("card_declined", "generic_decline", "Your card was declined."), only_later=True),
    "4000000000000259": Card(disputed=True),
    "4000000000003220": Card(asks=True),
    "4000008400001629": Card(asks=True, decline=("card_declined", "generic_decline", "Your card was declined.")),
    "4000000000007726": Card(refund="pending"),
    "4000000000005126": Card(refund="failed"),
}
# https://docs.stripe.com/testing?testing-method=payment-methods
PAYMENT_METHODS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_createDispute": "4000000000000259",
}


def card_of(number: str) -> Card:
    """The card of a valid number; anything but a test card is declined, and no number is ever kept."""
    return replace(TEST_CARDS.get(number, NOT_A_TEST_CARD), last4=number[-4:])


def digits(text: str) -> str:
    """What was typed as plain digits: spaces and dashes dropped, digits of any script understood."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text if c not in " -\u00a0\u200f\u200e")


def faults_of(number: str, expiry: str, cvc: str, *, today: datetime.date) -> dict[str, str]:
    """What is wrong with a card as typed, by field; empty when it may be tried."""
    wrong: dict[str, str] = {}
    number, cvc = digits(number), digits(cvc)
    if not number:
        wrong["number"] = "Enter the card number."
    elif not number.isdecimal() or not 12 <= len(number) <= 19 or not _luhn(number):
        wrong["number"] = "Your card number is invalid."
    if (said := _expiry_fault(expiry, today)) is not None:
        wrong["expiry"] = said
    if not cvc.isdecimal() or len(cvc) not in (3, 4):
        wrong["cvc"] = "Your card's security code is incomplete." if cvc else "Enter the security code."
    return wrong


def _expiry_fault(expiry: str, today: datetime.date) -> str | None:
    typed = digits(expiry).replace("/", "")
    if not typed.isdecimal() or len(typed) not in (4, 6):
        return "Enter the expiry date as MM / YY."
    month, year = int(typed[:2]), int(typed[2:]) if len(typed) == 6 else 2000 + int(typed[2:])
    if not 1 <= month <= 12:
        return "Your card's expiration month is invalid."
    if (year, month) < (today.year, today.month):
        return "Your card's expiration date is in the past."
    return None if year <= today.year + 50 else "Your card's expiration year is invalid."


def _luhn(number: str) -> bool:
    doubled = [int(c) * (1 + i % 2) for i, c in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
