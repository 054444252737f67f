"""Lists on paper: words as JSON into typst, PDF bytes out. What people typed never becomes markup."""

import json
from collections.abc import Sequence
from datetime import UTC
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

import segno
import typst
from django.utils.translation import override

from deliveries.lists.sheets import AnyList, SiteSheet, must_agree
from deliveries.lists.wording import words_of_list, words_of_print

Paper = Literal["a4", "us-letter"]

HERE = Path(__file__).parent
TAGGED_UP_TO = 400
"""Households in one print up to which it carries tags for screen readers; beyond, tags make it 5 MB."""


def print_list(sheet: AnyList, language: str, paper: Paper = "a4") -> bytes:
    """One list as PDF."""
    return print_all([sheet], language, paper)


def print_all(lists: Sequence[AnyList], language: str, paper: Paper = "a4") -> bytes:
    """Several lists in one PDF, each with its own page numbers. The same lists give the same bytes.

    Raises ListDoesNotAddUp when two of them tell different figures of the same thing.
    """
    if not lists:
        raise ValueError("there is no list to print")
    must_agree(lists)
    with override(language):
        words = words_of_print(lists, language)
        words["paper"] = paper
        words["lists"] = [words_of_list(sheet, language) for sheet in lists]
    files = {
        "main.typ": (HERE / "lists.typ").read_bytes(),
        "words.json": json.dumps(words, ensure_ascii=False).encode(),
        **_qr_codes(lists),
    }
    households = sum(len(sheet.households) for sheet in lists if isinstance(sheet, SiteSheet))
    return typst.compile(
        files,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        timestamp=max(sheet.imprint.printed_at for sheet in lists).astimezone(UTC),
        pdf_tags=households <= TAGGED_UP_TO,
    )


@cache
def _fonts() -> typst.Fonts:
    """Only our own fonts, so that a print looks the same on every machine."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(HERE / "fonts")]
    )


def _qr_codes(lists: Sequence[AnyList]) -> dict[str, bytes]:
    """The check-in link of each site sheet as a picture, named after the list's place."""
    pictures = {}
    for place, sheet in enumerate(lists):
        if isinstance(sheet, SiteSheet) and sheet.link:
            picture = BytesIO()
            segno.make(sheet.link, error="m").save(picture, kind="svg", border=0, scale=4)
            pictures[f"qr-{place}.svg"] = picture.getvalue()
    return pictures
