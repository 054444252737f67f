"""The outbox: a letter stands in the transaction of what it tells of, once per kind, reader and occasion."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from people import stopped
from people.letters import KEPT, Draft, forget_letters, write_letter, write_letters
from people.models import Letter
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def templates(tmp_path, settings):
    """One kind of letter for these tests: it greets someone by name."""
    folder = tmp_path / "templates" / "test" / "emails"
    folder.mkdir(parents=True)
    (folder / "hello.subject.txt").write_text("{% translate 'Hello' %}\n {{ name }}\n")
    (folder / "hello.txt").write_text(
        '{% extends "people/emails/base.txt" %}{% block content %}Hi {{ name }}, {{ language }} {{ dir }}{% endblock %}'
    )
    (folder / "hello.html").write_text(
        '{% extends "people/emails/base.html" %}{% block content %}<p>Dear <bdi>{{ name }}</bdi></p>{% endblock %}'
    )
    (folder / "plain.subject.txt").write_text("Plain")
    (folder / "plain.txt").write_text("Only text")
    engine = {**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path / "templates"]}
    settings.TEMPLATES = [engine]


def hello(**facts):
    facts = {
        "kind": "hello",
        "to": "sam@example.org",
        "occasion": "order:17",
        "template": "test/emails/hello",
        "context": {"name": "O'Brien & <b>"},
        "language": "en",
        "at": NOW,
    } | facts
    return write_letter(**facts)


def test_a_letter_is_written_once_per_kind_reader_and_occasion():
    assert hello().subject == "Hello O'Brien & <b>"
    assert hello() is None
    assert hello(to="SAM@example.org ") is None
    assert [
        hello(**other) is not None for other in ({"occasion": "order:18"}, {"kind": "x"}, {"to": "a@b.example"})
    ] == [
        True,
        True,
        True,
    ]
    assert Letter.objects.count() == 4


def test_a_letter_goes_when_what_it_tells_of_is_undone():
    with transaction.atomic():
        assert hello() is not None
        transaction.set_rollback(True)
    assert Letter.objects.count() == 0


def test_text_is_plain_and_html_is_escaped():
    letter = hello()
    assert letter.text.splitlines()[0] == "Hi O'Brien & <b>, en ltr"
    assert "<p>Dear <bdi>O&#x27;Brien &amp; &lt;b&gt;</bdi></p>" in letter.html
    assert hello(template="test/emails/plain", occasion="2").html == ""


def test_a_letter_is_in_its_reader_s_language_and_direction():
    letter = hello(language="ar")
    assert letter.language == "ar"
    assert letter.text.splitlines()[0].endswith("ar rtl")
    assert '<html lang="ar" dir="rtl">' in letter.html


def test_a_stopped_letter_is_not_written_unless_it_must_be():
    stopped.stop(kind="hello", email="sam@example.org", at=NOW)
    assert hello(may_stop=True) is None
    assert hello(may_stop=True, to="other@example.org") is not None
    assert hello(may_stop=False) is not None


def test_only_a_letter_of_choice_says_how_to_stop_it():
    assert "/e/" not in hello().text
    letter = hello(may_stop=True, occasion="2")
    assert "/e/" in letter.text
    assert "/e/" in letter.html


def test_a_name_with_line_breaks_makes_no_second_header():
    letter = hello(context={"name": "Sam\r\nBcc: all@example.org"}, from_name="Farm\nBcc: x@example.org")
    assert letter.subject == "Hello Sam Bcc: all@example.org"
    assert letter.from_name == "Farm Bcc: x@example.org"


@pytest.mark.parametrize("count", [1, 3, 400])
def test_many_letters_cost_as_few_queries_as_one(django_assert_max_num_queries, count):
    drafts = [
        Draft(
            kind="hello",
            to=f"{n}@example.org",
            occasion="day:3",
            template="test/emails/plain",
            context={},
            language="en",
            at=NOW,
            may_stop=True,
            due_at=NOW + timedelta(hours=1),
        )
        for n in range(count)
    ]
    with django_assert_max_num_queries(14):
        assert len(write_letters(iter(drafts))) == count
    with django_assert_max_num_queries(3):
        assert write_letters(drafts) == []
    assert Letter.objects.count() == count


def test_the_same_draft_twice_in_one_go_is_one_letter():
    draft = Draft(
        kind="k", to="a@example.org", occasion="o", template="test/emails/plain", context={}, language="", at=NOW
    )
    assert len(write_letters([draft, draft])) == 1


def test_of_two_that_can_wait_written_in_one_go_the_reader_gets_the_first():
    facts = {"to": "sam@example.org", "template": "test/emails/plain", "context": {}, "language": "en", "at": NOW}
    drafts = [Draft(kind="renewal", occasion=f"season:{number}", **facts) for number in (1, 2)]
    assert [letter.occasion for letter in write_letters(drafts)] == ["season:1"]


def test_the_words_of_a_letter_are_forgotten_30_days_after_it_left():
    waiting, left, given_up = (hello(occasion=occasion) for occasion in ("waits", "left", "given up"))
    Letter.objects.filter(pk=left.pk).update(sent_at=NOW)
    Letter.objects.filter(pk=given_up.pk).update(given_up_at=NOW)
    assert (KEPT, forget_letters(at=NOW + KEPT - timedelta(seconds=1))) == (timedelta(days=30), 0)
    assert [forget_letters(at=NOW + KEPT) for _again in range(2)] == [2, 0]
    bare = Letter.objects.filter(text="", html="").values_list("occasion", flat=True)
    assert (set(bare), Letter.objects.get(pk=waiting.pk).text) == ({"left", "given up"}, waiting.text)
    assert hello(occasion="left") is None
