"""What is sold, to whom, and what was paid for it: one file a story."""

from shares.models.bank import BankAccount, BankLine, BankStatement
from shares.models.bidding import Bid, BiddingRound
from shares.models.books import Account, LedgerEntry, Posting, ProviderEvent
from shares.models.checks import BooksCheck
from shares.models.documents import Document, Series
from shares.models.fund import FundWish, OpenPrice, SolidarityFund
from shares.models.gifts import GiftOrder, SharedPart
from shares.models.instalments import (
    Instalment,
    InstalmentQuerySet,
    PayAtPickup,
    PaymentPlan,
    PickupStop,
    PlanDay,
    SavedCard,
)
from shares.models.leaving import Cancellation, PickupCredit
from shares.models.open_book import BudgetLine, OpenBook
from shares.models.orders import Order, OrderQuerySet, Share, ShareQuerySet
from shares.models.payments import Payment, Refund
from shares.models.providers import ProviderAccount
from shares.models.types import ShareType
from shares.models.waiting import SiteWish, WaitingPlace

__all__ = [
    "Account",
    "BankAccount",
    "BankLine",
    "BankStatement",
    "Bid",
    "BiddingRound",
    "BooksCheck",
    "BudgetLine",
    "Cancellation",
    "Document",
    "FundWish",
    "GiftOrder",
    "Instalment",
    "InstalmentQuerySet",
    "LedgerEntry",
    "OpenBook",
    "OpenPrice",
    "Order",
    "OrderQuerySet",
    "PayAtPickup",
    "Payment",
    "PaymentPlan",
    "PickupCredit",
    "PickupStop",
    "PlanDay",
    "Posting",
    "ProviderAccount",
    "ProviderEvent",
    "Refund",
    "SavedCard",
    "Series",
    "Share",
    "ShareQuerySet",
    "ShareType",
    "SharedPart",
    "SiteWish",
    "SolidarityFund",
    "WaitingPlace",
]
