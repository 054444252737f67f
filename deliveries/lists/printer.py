"""Lists on paper: words as JSON into typst, PDF bytes out. What people typed never becomes markup."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import segno
from django.utils.translation import override

from deliveries.lists.agreeing import AnyList, must_agree
from deliveries.lists.counts import LabelSheet
from deliveries.lists.sheets import SiteSheet
from deliveries.lists.wording import words_of_list, words_of_print
from people.printing import FONTS, set_page, typeset

Paper = Literal["a4", "us-letter"]

HERE = Path(__file__).parent
TAGGED_UP_TO = 400
"""Households in one print up to which it carries tags for screen readers; beyond, tags make it 5 MB."""
AT_ONCE = 900
"""Households that one typesetting process lays out: each costs it 60 kB that it gives back only by ending."""


def print_list(sheet: AnyList, language: str, paper: Paper = "a4") -> bytes:
    """One list as PDF."""
    return print_all([sheet], language, paper)


def print_all(lists: Sequence[AnyList], language: str, paper: Paper = "a4") -> bytes:
    """Several lists in one PDF, each with its own page numbers. The same lists give the same bytes.

    Raises ListDoesNotAddUp when two of them tell different figures of the same thing.
    """
    return print_each([lists], language, paper)[0]


def print_each(prints: Sequence[Sequence[AnyList]], language: str, paper: Paper = "a4") -> list[bytes]:
    """Several PDFs, set together: sooner than one by one."""
    pdfs = []
    for batch in _batches(prints):
        pdfs += typeset([_order(lists, language, paper) for lists in batch])
    return pdfs


def print_report(words: dict[str, Any], *, printed_at: datetime) -> bytes:
    """Headings, sentences and tables as one PDF; `words` as report.typ reads them, typed text tamed before."""
    return set_page(HERE / "report.typ", words, printed_at=printed_at)


def print_each_and_all(
    lists: Sequence[AnyList], language: str, paper: Paper = "a4", apart: Sequence[AnyList] = ()
) -> tuple[list[bytes], bytes]:
    """Each list as a PDF of its own, those `apart` after the others, and all but those in one.

    Many households are not set twice: their pages are bound from what was set. (Bound pages bear no tags for screen
    readers; a print as long as that would bear none anyhow.)
    """
    must_agree([*lists, *apart])
    alone = [[sheet] for sheet in (*lists, *apart)]
    if _households(lists) <= TAGGED_UP_TO:
        *each, everything = print_each([*alone, lists], language, paper)
        return each, everything
    each = print_each(alone, language, paper)
    with override(language):
        title = words_of_print(lists)["title"]
    order = {
        "pdfs": [base64.b64encode(pdf).decode() for pdf in each[: len(lists)]],
        "title": title,
        "language": language.split("-")[0],
    }
    return each, typeset([order | {"printed_at": _printed_at(lists)}])[0]


def _batches(prints: Sequence[Sequence[AnyList]]) -> list[list[Sequence[AnyList]]]:
    """Prints in the same order, few enough households to a batch."""
    batches: list[list[Sequence[AnyList]]] = [[]]
    room = AT_ONCE
    for lists in prints:
        if batches[-1] and _households(lists) > room:
            batches.append([])
            room = AT_ONCE
        batches[-1].append(lists)
        room -= _households(lists)
    return batches


def _order(lists: Sequence[AnyList], language: str, paper: Paper) -> dict[str, Any]:
    """What typesetting is told for one PDF."""
    if not lists:
        raise ValueError("there is no list to print")
    must_agree(lists)
    tagged = _households(lists) <= TAGGED_UP_TO
    with override(language):
        words = words_of_print(lists)
        words["lists"] = [words_of_list(sheet) for sheet in lists]
    words["paper"] = paper
    words["tagged"] = tagged
    files = {
        "main.typ": (HERE / "lists.typ").read_text(encoding="utf-8"),
        "words.json": json.dumps(words, ensure_ascii=False),
        **_qr_codes(lists),
    }
    return {"files": files, "fonts": FONTS, "printed_at": _printed_at(lists), "tagged": tagged}


def _printed_at(lists: Sequence[AnyList]) -> int:
    """Unix seconds: what makes the same lists give the same bytes."""
    return int(max(sheet.imprint.printed_at for sheet in lists).timestamp())


def _households(lists: Sequence[AnyList]) -> int:
    """So many households' work: a label is a third of a household's row."""
    rows = sum(len(sheet.households) for sheet in lists if isinstance(sheet, SiteSheet))
    return rows + sum(len(sheet.labels) for sheet in lists if isinstance(sheet, LabelSheet)) // 3


def _qr_codes(lists: Sequence[AnyList]) -> dict[str, str]:
    """The check-in link of each site sheet as a picture, named after the list's place."""
    pictures = {}
    for place, sheet in enumerate(lists):
        if isinstance(sheet, SiteSheet) and sheet.link:
            picture = BytesIO()
            segno.make(sheet.link, error="m").save(picture, kind="svg", border=0, scale=4)
            pictures[f"qr-{place}.svg"] = picture.getvalue().decode()
    return pictures
