"""The card a household lets its farm charge later: kept at the deposit, changed on a page of its own."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from farms.models import Household
from people.formats import local_day
from people.letters import page_url
from shares.cards import connect, stripe_saved
from shares.cards.stripe_gateway import CheckoutState, PaymentProviderDown, PaymentRefused
from shares.letters import readers
from shares.models import Instalment, Payment, SavedCard


def keep(payment: Payment, state: CheckoutState, *, at: datetime) -> None:
    """The card of a payment page is kept for what its order promised; asked again, it is the same card."""
    try:
        words = stripe_saved.words_of(state.kept, account=payment.account)
    except (PaymentProviderDown, PaymentRefused):  # its name is a comfort, the card is what counts
        words = ""
    household = payment.order.household
    _store(household, account=payment.account, customer=state.customer, method=state.kept, words=words, at=at)


def page_to_change(household: Household, *, language: str) -> str:
    """The address of the provider's page where another card is given. Raises PaymentProviderDown, PaymentRefused."""
    farm = household.farm
    account = connect.account_of(farm)
    known = SavedCard.objects.filter(household=household, account=account).first()
    here = page_url(reverse("my_money"))
    return stripe_saved.open_card_page(
        owner=owner_of(household),
        customer=known.customer if known else "",
        email=next((reader.email for reader in readers(household)), ""),
        currency=farm.currency,
        language=language,
        back=f"{page_url(reverse('my_card_given'))}?farm={farm.slug}&page={{CHECKOUT_SESSION_ID}}",
        cancel=f"{here}?farm={farm.slug}",
        account=account,
    ).url


def heard(page: str, *, account: str, at: datetime, mine: Household | None = None) -> Household | None:
    """A page on which a card was given has ended: keep the card for whoever it is of (`mine` alone, where somebody
    says that it is theirs). None when none was given."""
    given = stripe_saved.card_given(page, account=account)
    household = _household(given.owner) if given else None
    if mine is not None and household != mine:
        return None
    if given is None or household is None or connect.account_of(household.farm) != account:
        return None
    facts = {"account": account, "customer": given.customer, "method": given.method, "words": given.words}
    if not SavedCard.objects.filter(household=household, **facts).exists():
        _store(household, at=at, **facts)
    return household


def owner_of(household: Household) -> str:
    """How a household is called at the provider."""
    return f"household-{household.pk}"


def _household(owner: str) -> Household | None:
    number = owner.removeprefix("household-")
    if number == owner or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    return Household.objects.select_related("farm").filter(pk=int(number)).first()


@transaction.atomic
def _store(household: Household, *, account: str, customer: str, method: str, words: str, at: datetime) -> None:
    """Another card is another chance: parts that were given up on are tried again at once."""
    facts = {"account": account, "customer": customer, "method": method, "words": words[:60], "saved_at": at}
    SavedCard.objects.update_or_create(household=household, defaults=facts)
    today = local_day(at, household.farm.zone)
    late = Instalment.objects.filter(order__household=household, order__method="card", due_on__lte=today)
    late.exclude(trouble="").update(trouble="", next_on=today)
