"""A small week on paper, and reading printed PDFs back."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pypdfium2

from deliveries.lists import (
    Cell,
    HarvestList,
    HarvestRow,
    Imprint,
    ListedCrop,
    ListedShareType,
    ListedSite,
    PackingCrop,
    PackingList,
    PackingSite,
    SheetHousehold,
    SiteCrop,
    SiteSheet,
)

DAY = date(2027, 6, 15)
IMPRINT = Imprint(
    farm="Fern Hollow",
    season="Summer 2027",
    week=7,
    weeks=25,
    version=2,
    printed_at=datetime(2027, 6, 15, 16, 5, tzinfo=ZoneInfo("Europe/Paris")),
)
FULL = ListedShareType(id=1, name="Full share")
HALF = ListedShareType(id=2, name="Half share")
EGGS = ListedShareType(id=3, name="Eggs", add_on=True)
TYPES = (FULL, HALF, EGGS)
CARROTS = ListedCrop(id=1, name="Carrots", unit="kg", step=Decimal("0.05"))
CHARD = ListedCrop(id=2, name="Chard", unit="bunch", step=Decimal(1))
MARKET = ListedSite(id=1, name="Tuesday Market", day=DAY, starts=time(17), ends=time(19, 30), address="Quay Street 12")
SCHOOL = ListedSite(id=2, name="School gate", day=DAY, starts=time(16), ends=time(18))


def cells(full: tuple[int, int], half: tuple[int, int]) -> tuple[Cell, ...]:
    """Cells of full, half and eggs from (shares, each)."""
    return (Cell.even(shares=full[0], each=full[1]), Cell.even(shares=half[0], each=half[1]), Cell())


def harvest_list() -> HarvestList:
    """3 full and 2 half shares: 1.4 kg and 0.8 kg of carrots, 1 bunch of chard but none for half shares."""
    return HarvestList(
        imprint=IMPRINT,
        days=(DAY,),
        share_types=TYPES,
        shares=(3, 2, 0),
        rows=(
            HarvestRow(crop=CARROTS, picked=120, cells=cells((3, 28), (2, 16)), left_over=4),
            HarvestRow(crop=CHARD, picked=3, cells=cells((3, 1), (0, 0)), left_over=0),
        ),
    )


def packing_list() -> PackingList:
    """The same week over two sites: 2 full at the market, 1 full and 2 half at the school."""
    return PackingList(
        imprint=IMPRINT,
        days=(DAY,),
        share_types=TYPES,
        sites=(PackingSite(site=MARKET, shares=(2, 0, 0)), PackingSite(site=SCHOOL, shares=(1, 2, 0))),
        rows=(
            PackingCrop(
                crop=CARROTS,
                cells=(cells((2, 28), (0, 0)), cells((1, 28), (2, 16))),
                site_totals=(56, 60),
                type_totals=(84, 32, 0),
                total=116,
                left_over=4,
            ),
            PackingCrop(
                crop=CHARD,
                cells=(cells((2, 1), (0, 0)), cells((1, 1), (0, 0))),
                site_totals=(2, 1),
                type_totals=(3, 0, 0),
                total=3,
            ),
        ),
    )


def households(*names: str) -> tuple[SheetHousehold, ...]:
    """One full share each, numbered from 001."""
    return tuple(
        SheetHousehold(number=f"{place:03d}", name=name, shares=(1, 0, 0)) for place, name in enumerate(names, start=1)
    )


def site_sheet(*names: str, site: ListedSite = MARKET, link: str = "https://farm.example/c/4kq9-mf2t") -> SiteSheet:
    """A sheet of one full share for each name, with 1.4 kg of carrots and a bunch of chard each."""
    due = len(names)
    return SiteSheet(
        imprint=IMPRINT,
        site=site,
        share_types=TYPES,
        shares=(due, 0, 0),
        rows=(
            SiteCrop(crop=CARROTS, cells=cells((due, 28), (0, 0)), total=28 * due),
            SiteCrop(crop=CHARD, cells=cells((due, 1), (0, 0)), total=due),
        ),
        households=households(*names),
        link=link,
    )


@dataclass(frozen=True)
class Word:
    """A piece of text where it stands: points from the page's left and bottom edge."""

    text: str
    page: int
    left: float
    right: float
    bottom: float


def words_of(pdf: bytes) -> list[Word]:
    """Every piece of text with its place, in the order it was written."""
    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for number, page in enumerate(document, start=1):
            text = page.get_textpage()
            for place in range(text.count_rects()):
                left, bottom, right, top = text.get_rect(place)
                piece = bare(text.get_text_bounded(left, bottom, right, top))
                found.append(Word(text=piece, page=number, left=left, right=right, bottom=bottom))
    return found


def text_of(pdf: bytes) -> str:
    """All text of a print, page after page, without direction marks."""
    with pypdfium2.PdfDocument(pdf) as document:
        return bare("\n".join(page.get_textpage().get_text_range() for page in document))


def sizes_of(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page in points."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [(round(page.get_width()), round(page.get_height())) for page in document]


def bare(text: str) -> str:
    """Without marks nobody sees; no-break spaces as spaces."""
    invisible = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200b\u2060\ufffe\u200e\u200f"))
    return text.replace("\u00a0", " ").replace("\r", "").translate(invisible)
