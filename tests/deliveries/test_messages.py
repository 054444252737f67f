"""A farmer writes to households: to whom, in which language, when; nobody twice, nobody who does not want it."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command

from deliveries.models import Message
from deliveries.telling import messages
from farms.models import Farm, Season
from people.models import BouncedAddress, Letter, User
from people.stopped import stop
from shares.buying.purchases import release_lapsed, start_purchase
from shares.models import SiteWish, WaitingPlace
from shares.prices.quotes import Line
from tests import factories
from tests.deliveries.test_changes import at_once
from tests.factories import NOW

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def fern(cast, client):
    client.force_login(cast.fern, backend=BACKEND)
    return client


@pytest.fixture
def members(cast):
    """Sam at the market with a full share; Lee at the school with a half one, who reads Arabic; Kim has none."""
    factories.make_share(cast.sams, cast.full, site=cast.market)
    lee = factories.make_user("lee@example.org", language="ar")
    factories.make_share(factories.make_household(cast.farm, "Lee", user=lee), cast.half, site=cast.school)
    factories.make_household(cast.farm, "Kim", user=factories.make_user("kim@example.org"))
    return cast


def form(act="send", **facts):
    words = {"subject_en": "Open day", "text_en": "Come on Sunday.\n\nBring boots."}
    return {"act": act, "whom": "members", "token": str(uuid.uuid4()), **words, **facts}


def send(client, cast, **facts):
    return client.post(f"/f/{cast.farm.slug}/desk/messages/", form(**facts))


def sweep(at=NOW):
    call_command("sweep", "send_messages", at=at.isoformat())


def told():
    return sorted(Letter.objects.filter(kind="farm_message").values_list("to_email", flat=True))


def test_everybody_with_a_share_gets_it_once_in_their_language(members, fern, capsys):
    send(fern, members, subject_ar="يوم مفتوح", text_ar="تعالوا يوم الأحد.")
    for _run in range(2):
        sweep()
    assert told() == ["lee@example.org", "sam@example.org"]
    lees = Letter.objects.get(to_email="lee@example.org", kind="farm_message")
    assert (lees.subject, lees.language) == ("يوم مفتوح", "ar")
    sams = Letter.objects.get(to_email="sam@example.org", kind="farm_message")
    assert sams.subject == "Open day"
    assert "Bring boots." in sams.text
    assert sams.may_stop


def test_who_reads_another_language_gets_the_farm_s(members, fern, capsys):
    send(fern, members)
    sweep()
    assert Letter.objects.get(to_email="lee@example.org", kind="farm_message").subject == "Open day"


@pytest.mark.parametrize(
    ("facts", "readers"),
    [
        ({"whom": "members", "site": "school"}, ["lee@example.org"]),
        ({"whom": "members", "share_type": "full"}, ["sam@example.org"]),
        ({"whom": "week"}, ["sam@example.org"]),  # the school's pickup is on the Friday after next Tuesday
        ({"whom": "unpaid"}, ["noor@example.org"]),
        ({"whom": "waiting"}, ["wim@example.org"]),
    ],
)
def test_a_segment_is_those_it_names(members, fern, capsys, facts, readers):
    noors = factories.make_household(members.farm, "Noor", user=factories.make_user("noor@example.org"))
    start_purchase(
        household=noors, season=members.season, lines=[Line(members.full, members.market)], method="offline",
        token=uuid.uuid4(), language="en", by=None, at=NOW,
    )  # fmt: skip
    WaitingPlace.objects.create(share_type=members.full, name="Wim", email="wim@example.org", since=NOW)
    names = {"school": members.school.pk, "full": members.full.pk}
    send(fern, members, **{key: names.get(value, value) for key, value in facts.items()})
    sweep(NOW + timedelta(days=1))
    assert told() == readers


def test_who_may_sign_in_no_more_and_whose_order_lapsed_get_none(members, fern, capsys):
    User.objects.filter(email="lee@example.org").update(is_active=False)
    noors = factories.make_household(members.farm, "Noor", user=factories.make_user("noor@example.org"))
    order = start_purchase(
        household=noors, season=members.season, lines=[Line(members.full, members.market)], method="offline",
        token=uuid.uuid4(), language="en", by=None, at=NOW,
    )  # fmt: skip
    assert release_lapsed(order, at=NOW + timedelta(days=400))
    for whom in ("members", "unpaid"):
        send(fern, members, whom=whom)
        sweep()
    assert told() == ["sam@example.org"]


def test_those_who_wait_for_a_site_are_those_who_wish_for_it_or_were_offered_it(members, fern, capsys):
    def waits(name, **facts):
        email = f"{name}@example.org"
        return WaitingPlace.objects.create(share_type=members.full, name=name, email=email, since=NOW, **facts)

    waits("vera", offered_at=NOW, offered_until=NOW + timedelta(days=1), offered_site=members.school)
    for name, site in (("wim", members.school), ("uma", members.market)):
        SiteWish.objects.create(place=waits(name), site=site, rank=1)
    send(fern, members, whom="waiting", site=members.school.pk)
    sweep()
    assert told() == ["vera@example.org", "wim@example.org"]


def test_whose_season_is_over_is_no_member_any_more(members, fern, capsys):
    begins = factories.FIRST_DAY - timedelta(weeks=52)
    before = factories.make_season(members.farm, [members.market], first_day=begins, name="Summer 2026")
    gone = factories.make_household(members.farm, "Gone", user=factories.make_user("gone@example.org"))
    factories.make_share(gone, factories.make_share_type(before), site=members.market)
    Season.objects.filter(pk=before.pk).update(closed_at=NOW)
    send(fern, members)
    sweep()
    assert told() == ["lee@example.org", "sam@example.org"]


def test_the_farmer_looks_at_it_first_and_sees_how_many_read_it(members, fern):
    page = send(fern, members, act="look", subject_ar="يوم", text_ar="نص").content.decode()
    assert "This goes to 2 people" in page
    assert "<p>Bring boots.</p>" in page
    assert not Message.objects.exists()


def test_a_test_goes_to_the_farmer_alone(members, fern, capsys):
    send(fern, members, act="test", subject_ar="يوم", text_ar="نص")
    assert [letter.to_email for letter in Letter.objects.all()] == ["fern@cedarbend.example"] * 2
    assert Letter.objects.filter(subject="Test: Open day").exists()
    assert not Message.objects.exists()


def test_sent_later_it_waits_and_can_be_taken_back(members, fern, capsys):
    send(fern, members, on="2027-06-05", clock="18:00")
    sweep()
    assert told() == []
    message = Message.objects.get()
    fern.post(f"/f/{members.farm.slug}/desk/messages/", {"act": "take_back", "message": message.pk})
    sweep(message.due_at)
    assert told() == []
    send(fern, members, on="2027-06-05", clock="18:00")
    sweep(message.due_at - timedelta(seconds=1))
    assert told() == []
    sweep(message.due_at)
    assert len(told()) == 2


def test_what_is_due_is_not_taken_back_while_a_sweep_may_be_writing_it(members, fern):
    send(fern, members, on="2027-06-05", clock="18:00")
    message = Message.objects.get()
    assert not messages.take_back(message, at=message.due_at)
    assert messages.take_back(message, at=message.due_at - timedelta(seconds=1))


def test_another_farm_takes_none_of_it_back(members, fern, as_olga):
    send(fern, members, on="2027-06-05", clock="18:00")
    theirs = f"/f/{Farm.objects.exclude(pk=members.farm.pk).get().slug}/desk/messages/"
    as_olga.post(theirs, {"act": "take_back", "message": Message.objects.get().pk})
    assert Message.objects.get().taken_back_at is None


def test_what_has_left_cannot_be_taken_back(members, fern, capsys):
    send(fern, members)
    sweep()
    assert not messages.take_back(Message.objects.get(), at=NOW)


def test_a_double_click_sends_once(members, fern, capsys):
    twice = form()
    for _click in range(2):
        fern.post(f"/f/{members.farm.slug}/desk/messages/", twice)
        sweep()
    assert Message.objects.count() == 1
    assert len(told()) == 2


def test_a_form_gone_back_to_and_written_anew_is_another_message(members, fern, capsys):
    first = form()
    fern.post(f"/f/{members.farm.slug}/desk/messages/", first)
    for other in ({"subject_en": "Open day moved"}, {"whom": "week"}, {"on": "2027-06-05"}):
        page = fern.post(f"/f/{members.farm.slug}/desk/messages/", first | other)
        assert "This form was sent before." in page.content.decode()
        assert Message.objects.count() == 1
    fern.post(f"/f/{members.farm.slug}/desk/messages/", page.context["form"].data)
    assert Message.objects.count() == 2


def test_killed_in_between_the_rest_is_written_and_nobody_gets_two(members, fern, capsys, monkeypatch):
    send(fern, members)
    real = messages.write_letters
    monkeypatch.setattr(messages, "write_letters", lambda drafts: real(list(drafts)[:1]) and 1 / 0)
    sweep()
    assert len(told()) == 1
    monkeypatch.undo()
    sweep()
    assert told() == ["lee@example.org", "sam@example.org"]
    assert Message.objects.get().readers == 2


@pytest.mark.django_db(transaction=True)
def test_three_workers_at_once_write_to_each_reader_once(members, fern):
    send(fern, members)
    written = at_once([lambda: messages.send_messages(at=NOW)] * 3)
    assert (sum(written), told()) == (2, ["lee@example.org", "sam@example.org"])
    assert Message.objects.get().readers == 2


def test_who_stopped_news_and_whose_letters_come_back_get_none(members, fern, capsys):
    stop(kind="farm_message", email="sam@example.org", at=NOW)
    BouncedAddress.objects.create(email="lee@example.org", bounced_at=NOW)
    send(fern, members)
    sweep()
    assert told() == []
    assert Message.objects.get().readers == 0


def test_the_page_says_how_far_it_is(members, fern, capsys):
    send(fern, members)
    assert "Waits" in fern.get(f"/f/{members.farm.slug}/desk/messages/").content.decode()
    sweep()
    page = fern.get(f"/f/{members.farm.slug}/desk/messages/").content.decode()
    assert "0 of 2 sent" in page
    assert 'hx-trigger="every 4s"' in page
    call_command("sweep", "post_due_letters", at=NOW.isoformat())
    BouncedAddress.objects.create(email="lee@example.org", bounced_at=NOW)
    page = fern.get(f"/f/{members.farm.slug}/desk/messages/").content.decode()
    assert "2 of 2 sent" in page
    assert "hx-trigger" not in page
    assert "1 came back" in page
    assert len(mail.outbox) == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subject_en": ""}, "subject_en"), ({"text_en": " "}, "text_en"), ({"text_en": "a\x00b"}, "text_en"),
        ({"text_en": "a" * 8001}, "text_en"), ({"subject_ar": "يوم"}, "text_ar"), ({"whom": "all"}, "whom"),
        ({"site": "9999"}, "site"), ({"on": "2026-01-01"}, "on"), ({"on": "9999-12-31"}, "on"),
        ({"clock": "12:00"}, "on"), ({"token": "x"}, "token"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_told_and_kept(members, fern, wrong, field):
    answer = send(fern, members, **wrong)
    assert field in answer.context["form"].errors
    assert "Come on Sunday." in answer.content.decode() or "text_en" in wrong
    assert not Message.objects.exists()


def test_another_farm_s_site_is_no_segment(members, fern, olga):
    theirs = olga.staffed.get().farm.sites.first()
    assert "site" in send(fern, members, site=theirs.pk).context["form"].errors


def test_words_are_shown_as_they_were_written(members, fern, capsys):
    send(fern, members, text_en="{{7*7}} <img src=x onerror=alert(1)> %s")
    sweep()
    letter = Letter.objects.filter(kind="farm_message").first()
    assert "{{7*7}} <img src=x onerror=alert(1)> %s" in letter.text
    assert "<img" not in letter.html


def test_the_queries_do_not_grow_with_the_readers(members, fern, capsys, django_assert_max_num_queries):
    for number in range(30):
        user = factories.make_user(f"m{number}@example.org")
        factories.make_share(factories.make_household(members.farm, f"M{number}", user=user), members.full)
    send(fern, members)
    with django_assert_max_num_queries(14):
        messages.send_messages(at=NOW)
    assert len(told()) == 32
