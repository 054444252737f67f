"""Letters that come back, one automatic letter a day, and letters on wish."""

import json
from datetime import timedelta

import pytest

from people.letters import write_letter
from people.models import BouncedAddress, Letter, StoppedLetter
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def write(kind, *, to="sam@example.org", occasion="one", at=NOW, may_stop=True):
    return write_letter(
        kind=kind, to=to, occasion=occasion, template="people/emails/erased", context={}, language="en", at=at,
        may_stop=may_stop,
    )  # fmt: skip


@pytest.fixture
def hook(client, settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": "who:knows"}

    def tell(kind, **facts):
        body = {"RecordType": kind, "MessageID": "x", "ID": 1, **facts}
        return client.post(
            "/anymail/postmark/tracking/", json.dumps(body), content_type="application/json",
            headers={"Authorization": "Basic d2hvOmtub3dz"},
        )  # fmt: skip

    return tell


def test_a_bounce_is_heard_and_letters_of_choice_are_not_written_there(hook):
    told = {"Type": "HardBounce", "TypeCode": 1, "Email": "Sam@example.org", "Description": "No such mailbox"}
    assert hook("Bounce", **told).status_code == 200
    assert BouncedAddress.objects.get().because == "No such mailbox"
    assert write("farm_message") is None
    assert write("receipt", may_stop=False) is not None  # what must be written is still tried


def test_a_letter_that_arrives_clears_it(hook):
    BouncedAddress.objects.create(email="sam@example.org", bounced_at=NOW)
    hook("Delivery", Recipient="sam@example.org", DeliveredAt="2027-06-01T10:00:00Z")
    assert not BouncedAddress.objects.exists()


def test_who_calls_it_spam_gets_no_more_letters_of_choice(hook, settings):
    hook("SpamComplaint", Type="SpamComplaint", TypeCode=512, Email="sam@example.org", Description="")
    kinds = set(StoppedLetter.objects.filter(email="sam@example.org").values_list("kind", flat=True))
    assert kinds == {*settings.LETTERS_OF_CHOICE, *settings.LETTERS_ON_WISH}


def test_without_the_secret_nobody_is_heard(client):
    answer = client.post("/anymail/postmark/tracking/", "{}", content_type="application/json")
    assert answer.status_code == 400
    assert not BouncedAddress.objects.exists()


def test_one_automatic_letter_a_day_and_the_other_comes_when_a_day_has_passed():
    assert write("day_before") is not None
    assert write("shift_reminder", at=NOW + timedelta(minutes=15)) is None
    assert write("shift_reminder", at=NOW + timedelta(hours=19)) is None
    assert write("shift_reminder", at=NOW + timedelta(hours=21)) is not None


def test_the_day_before_always_comes_and_musts_do_not_count():
    write("receipt", may_stop=False)
    assert write("shift_reminder") is not None
    assert write("day_before") is not None
    assert Letter.objects.count() == 3


def test_another_reader_s_letter_holds_nothing_back():
    write("day_before", to="lee@example.org")
    assert write("shift_reminder") is not None
