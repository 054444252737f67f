"""Every table of what is kept about a person and the households they act for: which rows, and what is told of each.

tests/test_my_data.py holds them against the models, so that a new table must choose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from community.models import HoursAgreed, HoursEntry, SignUp, SwapProposal
from deliveries.models import (
    CalendarFeed,
    Change,
    CheckIn,
    Exclusion,
    FriendPass,
    LateWish,
    Liking,
    MadeGood,
    Pickup,
    PlanChange,
    Portion,
    SwapOffer,
    Unclaimed,
    WalkUp,
)
from farms.models import HouseholdPerson, StaffMember
from people.models import BouncedAddress, Letter, StoppedLetter, User, WantedLetter
from shares.models import (
    BankLine,
    Bid,
    Cancellation,
    Document,
    FundWish,
    GiftOrder,
    Instalment,
    LedgerEntry,
    OpenPrice,
    Order,
    Payment,
    PickupCredit,
    PickupStop,
    Refund,
    SavedCard,
    Share,
    SharedPart,
    SiteWish,
    WaitingPlace,
)


@dataclass(frozen=True)
class Whose:
    """A person, and the households (ids) they act for."""

    user: User
    households: list[int]

    @property
    def mine(self) -> Q:
        """Rows of these households."""
        return Q(household__in=self.households)

    @property
    def shares(self) -> Q:
        """Rows about the shares they collect."""
        return Q(share__household__in=self.households)

    @property
    def orders(self) -> Q:
        """Rows about what they ordered."""
        return Q(order__household__in=self.households)

    def address(self, field: str = "email") -> Q:
        return Q(**{f"{field}__iexact": self.user.email})


Rows = Callable[[Whose], QuerySet[Any]]
Tables = Mapping[str, tuple[Rows, tuple[str, ...]]]

PERSON: Tables = {
    "person": (
        lambda who: User.objects.filter(pk=who.user.pk),
        ("email", "name", "language", "date_joined", "last_login"),
    ),
    "addresses": (lambda who: EmailAddress.objects.filter(user=who.user), ("email", "verified", "primary")),
    "ways_in": (lambda who: Authenticator.objects.filter(user=who.user), ("type", "created_at", "last_used_at")),
    "roles": (lambda who: StaffMember.objects.filter(user=who.user), ("farm__name", "role", "site__name", "since")),
    "households": (
        lambda who: HouseholdPerson.objects.filter(user=who.user),
        (
            "household__farm__name", "household__name", "household__number", "household__phone", "household__note",
            "household__takes_gifts", "since",
        ),
    ),
    "letters": (
        lambda who: Letter.objects.filter(who.address("to_email")),
        ("kind", "subject", "text", "written_at", "sent_at"),
    ),
    "letters_stopped": (lambda who: StoppedLetter.objects.filter(who.address()), ("kind", "stopped_at")),
    "letters_wished": (lambda who: WantedLetter.objects.filter(who.address()), ("kind", "wanted_at")),
    "letters_returned": (lambda who: BouncedAddress.objects.filter(who.address()), ("because", "bounced_at")),
}  # fmt: skip

MONEY: Tables = {
    "orders": (
        lambda who: Order.objects.filter(who.mine),
        (
            "pk", "farm__name", "season__name", "method", "currency", "donation", "ordered_at", "settled_at",
            "lapsed_at",
        ),
    ),
    "shares": (
        lambda who: Share.objects.filter(who.mine),
        (
            "pk", "order", "share_type__name", "site__name", "turn", "first_week", "last_week", "pickups", "price",
            "cancelled_at",
        ),
    ),
    "payments": (
        lambda who: Payment.objects.filter(who.orders),
        ("order", "method", "amount", "currency", "attempted_at", "succeeded_at", "note"),
    ),
    "refunds": (
        lambda who: Refund.objects.filter(payment__order__household__in=who.households),
        ("payment__order", "amount", "reason", "asked_at", "accepted_at"),
    ),
    "books": (
        lambda who: LedgerEntry.objects.filter(posting__order__household__in=who.households).order_by(
            "posting__at", "pk"
        ),
        ("posting__order", "posting__at", "posting__kind", "account", "amount"),
    ),
    "instalments": (
        lambda who: Instalment.objects.filter(who.orders), ("order", "number", "amount", "due_on")
    ),
    "stops": (lambda who: PickupStop.objects.filter(who.orders), ("order", "stopped_at", "ended_at")),
    "transfers": (lambda who: BankLine.objects.filter(who.orders), ("order", "day", "amount", "payer", "words")),
    "cards": (lambda who: SavedCard.objects.filter(who.mine), ("words", "saved_at")),
    "documents": (
        lambda who: Document.objects.filter(who.mine), ("kind", "year", "number", "total", "currency", "at")
    ),
    "gifts": (
        lambda who: GiftOrder.objects.filter(Q(recipient__in=who.households) | who.orders),
        ("name", "email", "giver", "message", "tell_on"),
    ),
    "co_holders": (
        lambda who: SharedPart.objects.filter(who.orders | who.address()),
        ("order", "name", "email", "amount", "split_at", "lapsed_at"),
    ),
    "bids": (
        lambda who: Bid.objects.filter(who.mine),
        ("round", "share_type__name", "comfortable", "possible", "limit", "price", "made_at"),
    ),
    "price_shown": (lambda who: OpenPrice.objects.filter(who.mine), ("since",)),
    "cancellations": (
        lambda who: Cancellation.objects.filter(who.shares),
        ("share", "left", "pickups", "worth", "kept", "returned", "because", "at"),
    ),
    "credits": (lambda who: PickupCredit.objects.filter(who.shares), ("share", "day__date", "amount", "at")),
    "waiting": (
        lambda who: WaitingPlace.objects.filter(who.mine | who.address()),
        ("pk", "name", "email", "share_type__name", "since", "offered_at", "taken_at", "passed_at", "left_at"),
    ),
    "waiting_where": (
        lambda who: SiteWish.objects.filter(Q(place__household__in=who.households) | who.address("place__email")),
        ("place", "site__name", "rank"),
    ),
    "fund_wishes": (
        lambda who: FundWish.objects.filter(who.address()),
        ("name", "share_type__name", "needed", "asked_at", "told_at"),
    ),
}  # fmt: skip

WEEKS: Tables = {
    "changes": (
        lambda who: Change.objects.filter(who.shares),
        ("share", "day__date", "kind", "to_day__date", "made_at", "undone_at"),
    ),
    "plan_changes": (
        lambda who: PlanChange.objects.filter(who.shares), ("share", "from_week", "site__name", "made_at", "undone_at")
    ),
    "pickups": (
        lambda who: Pickup.objects.filter(who.mine).order_by("day__date", "pk"),
        ("pk", "share", "day__date", "day__site__name"),
    ),
    "check_ins": (
        lambda who: CheckIn.objects.filter(pickup__household__in=who.households),
        ("pickup", "action", "tapped_at", "received_at"),
    ),
    "unclaimed": (
        lambda who: Unclaimed.objects.filter(pickup__household__in=who.households), ("pickup", "fate", "keep_until")
    ),
    "walk_ups": (lambda who: WalkUp.objects.filter(who.mine), ("day__date", "name", "took", "came_at")),
    "called_off": (
        lambda who: MadeGood.objects.filter(who.shares), ("share", "day__date", "instead", "amount", "done_at")
    ),
    "friends": (lambda who: FriendPass.objects.filter(who.mine), ("name", "day__date", "made_at", "revoked_at")),
    "late_wishes": (
        lambda who: LateWish.objects.filter(who.mine), ("day__date", "kind", "words", "asked_at", "accepted", "answer")
    ),
    "own_boxes": (
        lambda who: Portion.objects.filter(
            box__share__household__in=who.households, box__allocation__in_force_for__isnull=False
        ).order_by("box__day__date", "pk"),
        ("box__day__date", "box__share", "crop__name", "steps"),
    ),
    "swap_offers": (
        lambda who: SwapOffer.objects.filter(who.shares),
        ("pk", "share", "day__date", "gives__name", "wanted__name", "less", "made_at", "withdrawn_at", "agreed_at"),
    ),
    "likings": (lambda who: Liking.objects.filter(who.mine), ("crop__name", "level")),
    "allergies": (lambda who: Exclusion.objects.filter(who.mine), ("crop__name", "consented_at")),
    "calendar": (lambda who: CalendarFeed.objects.filter(who.mine), ("made_at",)),
}  # fmt: skip

HANDS: Tables = {
    "shifts": (
        lambda who: SignUp.objects.filter(Q(user=who.user) | who.mine),
        ("pk", "shift__title", "shift__starts_at", "signed_at", "substitute_wanted_at", "withdrawn_at"),
    ),
    "shift_swaps": (
        lambda who: SwapProposal.objects.filter(Q(wanted__user=who.user) | Q(offered__user=who.user)),
        ("wanted__shift__title", "offered__shift__title", "made_at", "answered_at", "accepted"),
    ),
    "hours": (lambda who: HoursEntry.objects.filter(who.mine), ("season__name", "kind", "minutes", "at")),
    "hours_agreed": (lambda who: HoursAgreed.objects.filter(who.mine), ("season__name", "minutes")),
}  # fmt: skip

TABLES: Tables = {**PERSON, **MONEY, **WEEKS, **HANDS}
