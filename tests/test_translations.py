"""Arabic readers get the whole product in Arabic: nothing untranslated, nothing broken by a translation."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.test import Client
from django.utils.translation import ngettext, override, pgettext
from django.utils.translation.template import templatize

from csa.serve.parts import ROOT

CATALOGUE = ROOT / "locale/ar/LC_MESSAGES/django.po"
APPS = ("csa", "people", "farms", "shares", "community", "deliveries")
REMEDY = (
    "Translate them in locale/ar/LC_MESSAGES/django.po "
    "(django-admin makemessages -l ar --no-location --no-wrap -i .venv -i var -i node_modules)"
)
# How many of its first arguments are words, context first, for each way to mark words.
MARKS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
MARKS |= {"pgettext": 2, "pgettext_lazy": 2, "npgettext": 3, "npgettext_lazy": 3}
STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
MARKED = re.compile(rf"\b({'|'.join(MARKS)})\(\s*({STRING}(?:\s*,\s*{STRING})*)", re.DOTALL)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")

Key = tuple[str | None, str]  # context, and the words in English


def key_of(mark: str, words: list[str]) -> Key:
    return (words[0], words[1]) if "pgettext" in mark else (None, words[0])


def marked_in_python(path: Path) -> Iterator[Key]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            mark = getattr(node.func, "id", getattr(node.func, "attr", ""))
            words = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if mark in MARKS and len(words) >= MARKS[mark]:
                yield key_of(mark, words)


def marked_in_template(path: Path) -> Iterator[Key]:
    """`templatize` is what makemessages hands to xgettext: the template with all but its marked words struck out."""
    for mark, told in MARKED.findall(templatize(path.read_text())):
        yield key_of(mark, [ast.literal_eval(each) for each in re.findall(STRING, told, re.DOTALL)])


def every_marked_word() -> dict[Key, str]:
    """All that people read, with one file where it stands."""
    found: dict[Key, str] = {}
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts):
        found |= dict.fromkeys(marked_in_python(path), str(path.relative_to(ROOT)))
    for path in (path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt")):
        found |= dict.fromkeys(marked_in_template(path), str(path.relative_to(ROOT)))
    return found


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    with CATALOGUE.open("rb") as source:
        return [message for message in read_po(source, locale="ar") if message.id]


def in_english(message: Message) -> list[str]:
    return list(message.id) if message.pluralizable else [message.id]


def in_arabic(message: Message) -> list[str]:
    return list(message.string) if message.pluralizable else [message.string]


def test_every_word_people_read_has_its_arabic(messages):
    translated = {
        (message.context, in_english(message)[0]) for message in messages if all(in_arabic(message)) and message.string
    }
    wanted = every_marked_word()
    missing = {f"{where}: {key[1]}" for key, where in wanted.items() if key not in translated}
    assert len(wanted) > 1000
    assert missing == set(), REMEDY


def test_no_translation_waits_to_be_looked_at(messages):
    assert [message.id for message in messages if message.fuzzy] == []


def test_plurals_come_in_the_six_forms_of_arabic(messages):
    plural = [message for message in messages if message.pluralizable]
    assert {len(in_arabic(message)) for message in plural} == {6}
    assert "nplurals=6" in CATALOGUE.read_text()
    with override("ar"):
        told = [
            ngettext("%(n)s household expected", "%(n)s households expected", n) for n in (0, 1, 2, 3, 11, 100, 103)
        ]
    assert told == [
        "%(n)s أسرة منتظَرة",
        "أسرة واحدة منتظَرة",
        "أسرتان منتظَرتان",
        "%(n)s أسر منتظَرة",
        "%(n)s أسرة منتظَرة",
        "%(n)s أسرة منتظَرة",
        "%(n)s أسر منتظَرة",
    ]


def test_every_figure_and_name_of_a_sentence_stands_in_its_translation(messages):
    """None, one and two may be said in words: those three forms may leave the figure out, nothing else."""
    wrong = []
    for message in messages:
        wanted = Counter(PLACEHOLDER.findall(in_english(message)[-1]))
        for form, told in enumerate(in_arabic(message)):
            found = Counter(PLACEHOLDER.findall(told))
            spared = 1 if message.pluralizable and form < 3 else 0
            if found - wanted or (wanted - found).total() > spared:
                wrong.append((message.id, told))
    assert wrong == []


def test_isolation_and_emphasis_survive_translation(messages):
    """A lost <bdi> turns a sentence around; a lost </b> makes the rest of the page bold."""
    tags = re.compile(r"<[^>]+>")
    wrong = [
        (message.id, told)
        for message in messages
        for told in in_arabic(message)
        if sorted(tags.findall(told)) != sorted(tags.findall(in_english(message)[-1]))
    ]
    assert wrong == []


def test_arabic_sentences_use_arabic_punctuation(messages):
    european = re.compile(r"[\u0621-\u064a\u064b-\u0652][,;?]")
    assert [told for message in messages for told in in_arabic(message) if european.search(told)] == []


def test_nobody_is_addressed_in_the_singular(messages):
    """One farm speaks to its households: اكتبوا, never اكتب."""
    singular = re.compile(r"(?<![\u0621-\u0652])(اكتب|اختر|أدخل|انظر|افتح|اقرأ|انقر|أضف|ابحث)(?![\u0621-\u0652])")
    assert [told for message in messages for told in in_arabic(message) if singular.search(told)] == []


@pytest.mark.django_db
def test_a_page_asked_for_in_arabic_comes_in_arabic_from_right_to_left():
    page = Client(headers={"accept-language": "ar"}).get("/accounts/login/").content.decode()
    assert re.findall(r'<html lang="(\w+)" dir="(\w+)"', page) == [("ar", "rtl")]
    assert re.findall(r"<h1[^>]*>([^<]+)</h1>", page) == ["الدخول"]


def test_one_english_word_for_two_things_is_two_words_in_arabic():
    """A share that is given away, all that was; hours given to a household, money to the fund."""
    with override("ar"):
        given = {pgettext(meaning, "Given away") for meaning in ("a share", "all that was")}
        give = {pgettext(meaning, "Give") for meaning in ("hours", "money")}
    assert (len(given), len(give)) == (2, 2)
    assert not {"Give", "Given away"} & (give | given)
