"""A harvest written elsewhere: a CSV log, or rows pasted from a spreadsheet or a message.

Every line is read, and each one that cannot be is named with its number and the reason. Nothing is written before
all of them are right.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from deliveries.harvesting.quantities import read_unit, show_quantity, split_quantity
from deliveries.models import Crop
from people.formats import language, number

MOST_LINES = 2000


@dataclass
class Line:
    """One line as it was written, and what it was understood as; `faults` say why it was not."""

    number: int
    crop: str = ""
    quantity: str = ""
    unit: str = ""
    price: str = ""
    known: Crop | None = None
    steps: int = 0
    in_unit: str = ""
    step: Decimal = Decimal(1)
    in_price: int | None = None
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """A crop the farm has not grown before."""
        return self.known is None and not self.faults

    @property
    def shown(self) -> str:
        return show_quantity(self.steps, self.step, self.in_unit, language())


class LogRefused(ValueError):
    """Lines that cannot be taken; `faults` are (line number, reason)."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"{number}: {reason}" for number, reason in faults))
        self.faults = faults


def read_log(data: bytes) -> list[Line]:
    """The lines of a CSV file: crop,quantity,unit[,price]. Raises LogRefused for the file as a whole."""
    text = _decoded(data)
    lines = [Line(place, crop=line) for place, line in enumerate(_lines(text), start=1) if line.strip()]
    if not lines:
        raise LogRefused([(1, _("The file is empty."))])
    if ";" in lines[0].crop and "," not in lines[0].crop:
        reason = _("Semicolons part the columns here. Save the file with commas.")
        raise LogRefused([(line.number, reason) for line in lines])
    return _rows(text)


def _decoded(data: bytes) -> str:
    if wide := _utf_16(data):
        text = data.decode(wide, errors="replace")
        reason = _("The file is written in UTF-16. Save it as UTF-8.")
        raise LogRefused([(place, reason) for place, line in enumerate(_lines(text), start=1) if line.strip()])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        bad = data.count(b"\n", 0, broken.start) + 1
        raise LogRefused([(bad, _("The file is not written in UTF-8. Save it as UTF-8."))]) from None


def _utf_16(data: bytes) -> str:
    """Which UTF-16 this is, by its mark or by every other byte being empty; nothing when it is not."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if data[:1] == b"\0" and data[2:3] == b"\0":
        return "utf-16-be"
    return "utf-16-le" if data[1:2] == b"\0" and data[3:4] == b"\0" else ""


def _lines(text: str) -> list[str]:
    """Lines as editors number them; Python would split at stranger characters too."""
    return re.split(r"\r\n|\n|\r", text)


COLUMNS = ("crop", "quantity", "unit", "price")


def _rows(text: str) -> list[Line]:
    """Lines by the header's names. Quotation marks are undone; a line break inside them counts as the line it began."""
    reader = csv.reader((f"{line}\n" for line in _lines(text)), strict=True)
    header: list[str] | None = None
    lines: list[Line] = []
    start = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return lines
        except csv.Error:
            lines.append(Line(start, faults=[_("A quotation mark is opened and not closed.")]))
            return lines
        begun, start = start, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = _header(cells, begun)
        else:
            lines.append(_row(header, cells, begun))
        if len(lines) > MOST_LINES:
            raise LogRefused([(begun, _("More than %(count)s lines.") % {"count": number(MOST_LINES)})])


def _header(cells: list[str], at: int) -> list[str]:
    names = [cell.strip().casefold() for cell in cells]
    missing = [name for name in COLUMNS[:3] if name not in names]
    odd = [name for name in names if name not in COLUMNS]
    if missing or odd or len(set(names)) != len(names):
        raise LogRefused(
            [(at, _("The first line must name the columns: crop,quantity,unit or crop,quantity,unit,price."))]
        )
    return names


def _row(header: list[str], cells: list[str], at: int) -> Line:
    if any("\x00" in cell for cell in cells):
        return Line(at, faults=[_("There is a NUL character in it.")])
    if len(cells) > len(header):
        reason = _("There are %(count)s columns instead of %(wanted)s. Write decimals with a point: 1.50.")
        return Line(at, faults=[reason % {"count": len(cells), "wanted": len(header)}])
    line = Line(at)
    for name, cell in zip(header, cells, strict=False):
        setattr(line, name, cell.strip())
    if "," in line.quantity or "," in line.price:
        line.faults.append(_("Write decimals with a point: 1.50."))
    return line


def read_paste(text: str) -> list[Line]:
    """Rows pasted from anywhere: "carrots 80 kg", "Chard⇥90⇥bunch", "80,4 kg carrots". Empty lines are left out."""
    lines = []
    for place, written in enumerate(_lines(text), start=1):
        if "\x00" in written:
            lines.append(Line(place, faults=[_("There is a NUL character in it.")]))
        elif written.strip() and not (place == 1 and _is_header(written)):
            lines.append(_pasted(written.strip(), place))
        if len(lines) > MOST_LINES:
            raise LogRefused([(place, _("More than %(count)s lines.") % {"count": number(MOST_LINES)})])
    return lines


def _is_header(written: str) -> bool:
    return not re.search(r"\d", written) and len(re.split(r"[\t;,]", written)) > 1


def _pasted(written: str, place: int) -> Line:
    for mark in ("\t", ";", ","):
        cells = [cell.strip() for cell in written.split(mark)]
        if len(cells) >= 2 and (mark != "," or (len(cells) in (3, 4) and read_unit(cells[2]))):
            return _from_cells(cells, place)
    return _from_words(written, place)


def _from_cells(cells: list[str], place: int) -> Line:
    crop, quantity, unit, price, *more = [*cells, "", "", ""]
    if any(more):
        return Line(place, crop=crop, faults=[_("There are more than four columns.")])
    if not unit:
        quantity, unit = split_quantity(quantity)
    return Line(place, crop=crop, quantity=quantity, unit=unit, price=price)


def _from_words(written: str, place: int) -> Line:
    """The number splits a line: before it the crop, after it the unit; or first the number, then unit and crop."""
    figure = r"[-−+]?\d[\d.,٫٬'’\u00a0\u202f]*"
    if found := re.fullmatch(rf"(.*\S)[\s:=]+({figure})\s*([^\W\d]\S*)?", written):
        return Line(place, crop=found[1].rstrip(" :=–-"), quantity=found[2], unit=found[3] or "")
    if found := re.fullmatch(rf"({figure})\s*(\S+)\s+(.*\S)", written):
        if read_unit(found[2]):
            return Line(place, crop=found[3], quantity=found[1], unit=found[2])
        return Line(place, crop=f"{found[2]} {found[3]}", quantity=found[1])
    if found := re.fullmatch(rf"({figure})\s+(\S+)", written):
        return Line(place, crop=found[2], quantity=found[1])
    return Line(place, crop=written, faults=[_("There is no amount in it.")])
