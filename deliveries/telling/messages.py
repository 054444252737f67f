"""A farmer writes to households: to a segment of them, in their languages, now or later; the worker sends it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q

from deliveries.due import rosters
from deliveries.models import Message
from farms.models import Farm, HouseholdPerson, PickupDay, PickupSite
from people.bounces import bounced_among
from people.letters import Draft, write_letter, write_letters
from people.models import Letter, User
from shares.books import ledger
from shares.models import Order, Share, ShareType, WaitingPlace

log = logging.getLogger("hissa.messages")

KIND = "farm_message"
Words = Mapping[str, tuple[str, str]]  # by language: subject, text


class WrittenBefore(ValueError):
    """The form of a message was sent before, with other words, to others or for another moment."""


@dataclass(frozen=True)
class Segment:
    """To whom a message goes. `site` and `share_type` narrow it to shares there and of that type."""

    whom: str
    site: PickupSite | None = None
    share_type: ShareType | None = None


@dataclass(frozen=True)
class Reader:
    email: str
    language: str


@dataclass(frozen=True)
class Progress:
    """How far a message is: readers, letters that left, that were given up, and addresses from which they came back."""

    readers: int
    sent: int
    given_up: int
    bounced: int

    @property
    def waiting(self) -> int:
        return self.readers - self.sent - self.given_up


def compose(
    *, farm: Farm, segment: Segment, words: Words, due_at: datetime, token: uuid.UUID, by: User, at: datetime
) -> Message:
    """Write a message down; it becomes letters from `due_at` on. The same `token` gives the same message again; raises
    WrittenBefore when it came with another one."""
    try:
        with transaction.atomic():
            return Message.objects.create(
                farm=farm,
                token=token,
                whom=segment.whom,
                site=segment.site,
                share_type=segment.share_type,
                words={language: list(said) for language, said in words.items()},
                made_at=at,
                made_by=by,
                due_at=due_at,
            )
    except IntegrityError:
        known = Message.objects.get(farm=farm, token=token)
    if not _is_same(known, segment, words, due_at if due_at > at else None):
        raise WrittenBefore
    return known


def _is_same(message: Message, segment: Segment, words: Words, later: datetime | None) -> bool:
    told = {language: list(said) for language, said in words.items()}
    due = message.due_at if message.due_at > message.made_at else None
    own = Segment(message.whom, message.site, message.share_type)
    return (message.words, own, due) == (told, segment, later)


def take_back(message: Message, *, at: datetime) -> bool:
    """A message that is not due yet is not sent. False when it was too late: once it is due a sweep may be writing."""
    waiting = Message.objects.filter(pk=message.pk, due_at__gt=at, written_at=None, taken_back_at=None)
    return bool(waiting.update(taken_back_at=at))


def readers_of(farm: Farm, segment: Segment, *, at: datetime) -> list[Reader]:
    """Each address once, with the language its reader reads."""
    if segment.whom == Message.Whom.WAITING:
        return _waiting(farm, segment)
    people = HouseholdPerson.objects.filter(
        household__in=_households(farm, segment, at), household__farm=farm, user__is_active=True
    )
    rows = people.order_by("user__email").values_list("user__email", "user__language").distinct()
    return [Reader(email, language or farm.language) for email, language in rows]


def send_test(*, farm: Farm, words: Words, to: User, at: datetime) -> int:
    """The message in each of its languages, to the farmer alone; how many letters."""
    sent = 0
    for language, (subject, text) in words.items():
        context = {"farm": farm, "headline": subject, "said": text, "is_test": True}
        sent += bool(
            write_letter(
                kind="message_test",
                to=to,
                occasion=f"test:{uuid.uuid4()}",
                template="deliveries/emails/farm_message",
                context=context,
                language=language,
                at=at,
                from_name=farm.name,
                reply_to=farm.email,
            )
        )
    return sent


def send_messages(*, at: datetime) -> int:
    """The sweep: every message that is due becomes letters; how many were written now. Killed in between, the next
    sweep writes the rest: nobody gets one twice. One message's failure stops no other."""
    written = 0
    due = Message.objects.filter(written_at=None, taken_back_at=None, due_at__lte=at).select_related(
        "farm", "site", "share_type"
    )
    for message in due.order_by("due_at", "pk"):
        try:
            written += _write(message, at)
        except Exception:
            log.exception("message %s could not be written", message.pk)
    return written


def progress_of(messages: list[Message]) -> dict[int, Progress]:
    """How far each message is. Two queries, however many."""
    occasions = {f"message:{message.pk}": message for message in messages}
    letters = Letter.objects.filter(kind=KIND, occasion__in=occasions)
    counts = letters.values("occasion").annotate(
        sent=Count("pk", filter=Q(sent_at__isnull=False)), given_up=Count("pk", filter=Q(given_up_at__isnull=False))
    )
    done = {row["occasion"]: (row["sent"], row["given_up"]) for row in counts.order_by()}
    emails: dict[str, set[str]] = {}
    for occasion, email in letters.values_list("occasion", "to_email"):
        emails.setdefault(occasion, set()).add(email)
    bounced = bounced_among(email for those in emails.values() for email in those)
    return {
        message.pk: Progress(
            message.readers,
            *done.get(occasion, (0, 0)),
            len(emails.get(occasion, set()) & bounced),
        )
        for occasion, message in occasions.items()
    }


def _write(message: Message, at: datetime) -> int:
    segment = Segment(message.whom, message.site, message.share_type)
    readers = readers_of(message.farm, segment, at=at)
    written = write_letters(_drafts(message, readers, at))
    number = Letter.objects.filter(kind=KIND, occasion=f"message:{message.pk}").count()
    Message.objects.filter(pk=message.pk, written_at=None).update(written_at=at, readers=number)
    return len(written)


def _drafts(message: Message, readers: list[Reader], at: datetime) -> Iterator[Draft]:
    farm = message.farm
    for reader in readers:
        language = reader.language if reader.language in message.words else farm.language
        if language not in message.words:
            language = next(iter(message.words))
        subject, text = message.words[language]
        yield Draft(
            kind=KIND,
            to=reader.email,
            occasion=f"message:{message.pk}",
            template="deliveries/emails/farm_message",
            context={"farm": farm, "headline": subject, "said": text},
            language=language,
            at=at,
            from_name=farm.name,
            reply_to=farm.email,
            may_stop=True,
        )


def _households(farm: Farm, segment: Segment, at: datetime) -> set[int]:
    if segment.whom == Message.Whom.THIS_WEEK:
        return _collecting(farm, segment, at)
    shares = Share.objects.paid().filter(order__farm=farm, share_type__season__closed_at=None)
    if segment.whom == Message.Whom.UNPAID:
        shares = Share.objects.filter(order__in=_owing(farm), cancelled_at=None)
    if segment.site:
        shares = shares.filter(site=segment.site)
    if segment.share_type:
        shares = shares.filter(share_type=segment.share_type)
    return set(shares.values_list("household", flat=True))


def _collecting(farm: Farm, segment: Segment, at: datetime) -> set[int]:
    days = PickupDay.objects.standing().filter(site__farm=farm, ends_at__gt=at, starts_at__lt=at + timedelta(days=7))
    if segment.site:
        days = days.filter(site=segment.site)
    roster = rosters.expected(days.order_by("starts_at", "pk"))
    wanted = segment.share_type.pk if segment.share_type else None
    return {row.household for row in roster.rows if wanted in (None, row.share_type)}


def _owing(farm: Farm) -> list[int]:
    orders = list(Order.objects.filter(farm=farm, lapsed_at=None))
    return [pk for pk, owed in ledger.owed_by_order(orders).items() if owed > 0]


def _waiting(farm: Farm, segment: Segment) -> list[Reader]:
    rows = WaitingPlace.objects.open().filter(share_type__season__farm=farm)
    if segment.share_type:
        rows = rows.filter(share_type=segment.share_type)
    if segment.site:
        rows = rows.filter(Q(wishes__site=segment.site) | Q(offered_site=segment.site))
    found = rows.annotate(reads=F("language")).order_by("email").values_list("email", "reads").distinct()
    return [Reader(email.lower(), language or farm.language) for email, language in found]
