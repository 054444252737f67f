"""Lists on paper. What lists say in a language is a manuscript: plain JSON, kept, and set on any paper whenever it is
wanted. What people typed never becomes markup."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import segno
from django.utils.translation import override

from deliveries.lists.agreeing import AnyList, must_agree
from deliveries.lists.heads import Words
from deliveries.lists.sheets import SiteSheet
from deliveries.lists.wording import words_of_list, words_of_print
from people.printing import bind, order, set_page, typeset

Paper = Literal["a4", "us-letter"]
Manuscript = dict[str, Any]
"""What the whole print needs, and under "lists" what each list says."""
Told = Callable[[int, int], None]
"""Is told how many parts of a print are set, of how many."""

HERE = Path(__file__).parent
TAGGED_UP_TO = 400
"""Households in one print up to which it carries tags for screen readers; beyond, tags make it 5 MB."""
AT_ONCE = 640
"""Households that one typesetting process lays out: each costs it 55 kB that it gives back only by ending."""
LABELS_ON = {"a4": 24, "us-letter": 30}
"""Labels on a sheet: 3 × 8 of 63.5 × 33.9 mm, 3 × 10 of 2⅝ × 1 inch. lists.typ draws them so."""
LABEL_SHEETS = 20
"""Sheets of labels that are set as one part."""


def write_down(lists: Sequence[AnyList], language: str) -> Manuscript:
    """What the lists say in a language. The same lists give the same words.

    Raises ListDoesNotAddUp when two of them tell different figures of the same thing.
    """
    if not lists:
        raise ValueError("there is no list to print")
    must_agree(lists)
    with override(language):
        words = words_of_print(lists)
        words["lists"] = [words_of_list(sheet) | _facts(sheet) for sheet in lists]
    # Unix seconds: what makes the same lists give the same bytes
    return words | {"printed_at": int(max(sheet.imprint.printed_at for sheet in lists).timestamp())}


def print_list(sheet: AnyList, language: str, paper: Paper = "a4") -> bytes:
    """One list as PDF."""
    return print_all([sheet], language, paper)


def print_all(lists: Sequence[AnyList], language: str, paper: Paper = "a4") -> bytes:
    """Several lists in one PDF, each with its own page numbers. Raises ListDoesNotAddUp as `write_down` does."""
    words = write_down(lists, language)
    return typeset([_order(words, words["lists"], paper)])[0]


def print_report(words: dict[str, Any], *, printed_at: datetime) -> bytes:
    """Headings, sentences and tables as one PDF; `words` as report.typ reads them, typed text tamed before."""
    return set_page(HERE / "report.typ", words, printed_at=printed_at)


def set_each_and_all(
    words: Manuscript, paper: Paper = "a4", told: Told = lambda _set, _all: None
) -> tuple[list[bytes], bytes]:
    """Each list of a manuscript as a PDF of its own, and all of them in one.

    Many households are not set twice: their pages are bound from what was set. (Bound pages bear no tags for screen
    readers; a print as long as that would bear none anyhow.)
    """
    pieces = [_pieces(one, paper) for one in words["lists"]]
    every = [piece for own in pieces for piece in own]
    small = _households(every) <= TAGGED_UP_TO and len(every) == len(pieces)
    prints = [[piece] for piece in every] + ([every] if small else [])
    parts, done = len(prints) + (not small), 0
    pdfs: list[bytes] = []
    for batch in _batches(prints):
        told(done, parts)
        pdfs += typeset([_order(words, part, paper) for part in batch])
        done = len(pdfs)
    told(done, parts)
    about = {"title": words["title"], "language": words["language"], "printed_at": words["printed_at"]}
    everything = pdfs.pop() if small else bind(pdfs, **about)
    several = iter(pdfs)
    own_pdfs = [[next(several) for _piece in own] for own in pieces]
    return [own[0] if len(own) == 1 else bind(own, **about) for own in own_pdfs], everything


def _facts(sheet: AnyList) -> Words:
    """The check-in link, and how many households a list is long."""
    if isinstance(sheet, SiteSheet):
        return {"opens": sheet.link, "due": len(sheet.households)}
    return {"opens": "", "due": 0}


def _pieces(one: Words, paper: Paper) -> list[Words]:
    """A list as it is set: whole, but for labels by the thousand."""
    sheet, boxes = LABELS_ON[paper], one.get("boxes", [])
    size = sheet * LABEL_SHEETS
    if one["kind"] != "labels" or len(boxes) <= size:
        return [one]
    pages = -(-len(boxes) // sheet)
    return [
        one | {"boxes": boxes[first : first + size], "before": first // sheet, "pages": pages}
        for first in range(0, len(boxes), size)
    ]


def _batches(prints: Iterable[Sequence[Words]]) -> Iterator[list[Sequence[Words]]]:
    """Prints in the same order, few enough households to a batch."""
    batch: list[Sequence[Words]] = []
    room = AT_ONCE
    for lists in prints:
        work = _work(lists)
        if batch and work > room:
            yield batch
            batch, room = [], AT_ONCE
        batch.append(lists)
        room -= work
    if batch:
        yield batch


def _households(lists: Sequence[Words]) -> int:
    return sum(one["due"] for one in lists)


def _work(lists: Sequence[Words]) -> int:
    """So many households' work: a label is half a household's row."""
    return _households(lists) + sum(len(one["boxes"]) for one in lists if one["kind"] == "labels") // 2


def _order(words: Manuscript, lists: Sequence[Words], paper: Paper) -> dict[str, Any]:
    """What typesetting is told for one PDF of some of a manuscript's lists."""
    tagged = _households(lists) <= TAGGED_UP_TO
    whole = words | {"lists": lists, "paper": paper, "tagged": tagged}
    return order(HERE / "lists.typ", whole, printed_at=words["printed_at"], pictures=_qr_codes(lists), tagged=tagged)


def _qr_codes(lists: Sequence[Words]) -> dict[str, str]:
    """The check-in link of each site sheet as a picture, named after the list's place."""
    pictures = {}
    for place, one in enumerate(lists):
        if one["opens"]:
            picture = BytesIO()
            segno.make(one["opens"], error="m").save(picture, kind="svg", border=0, scale=4)
            pictures[f"qr-{place}.svg"] = picture.getvalue().decode()
    return pictures
