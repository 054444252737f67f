"""PDFs, set by typst in a process of its own (`typesetting` says why)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from people.printing.typed import beyond_our_fonts

HERE = Path(__file__).parent
FONTS = str(HERE / "fonts")
LONGEST_PRINT = 120
"""Seconds after which a print is given up; 3,000 households take two."""


class PrintFailed(RuntimeError):
    """typst could not set the page; the message is its own."""


def set_page(template: Path, words: dict[str, Any], *, printed_at: datetime) -> bytes:
    """One PDF from a typst file that reads `words.json`, typed text tamed before."""
    return typeset([order(template, words, printed_at=int(printed_at.timestamp()))])[0]


def order(
    template: Path, words: dict[str, Any], *, printed_at: int, pictures: Mapping[str, str] = {}, tagged: bool = True
) -> dict[str, Any]:
    """What typesetting is told for one PDF: a typst file, the `words` it reads, its `pictures` (SVG by file name), when
    it is printed (Unix seconds), and whether it bears tags for screen readers.

    Letters that our fonts have not (Chinese, Thai …) are set in a font of this machine, where it has one.
    """
    text = json.dumps(words, ensure_ascii=False)
    files = {"main.typ": template.read_text(encoding="utf-8"), "words.json": text, **pictures}
    facts = {"fonts": FONTS, "machine_s_fonts": beyond_our_fonts(text), "printed_at": printed_at, "tagged": tagged}
    return {"files": files, **facts}


def bind(pdfs: Sequence[bytes], *, title: str, language: str, printed_at: int) -> bytes:
    """PDFs that are set already, one after another: each page is placed as it is, at a tenth of setting it anew.
    `printed_at` in Unix seconds. Raises PrintFailed."""
    with tempfile.TemporaryDirectory(prefix="hissa-lists-") as folder:
        for place, pdf in enumerate(pdfs):
            Path(folder, f"{place}.pdf").write_bytes(pdf)
        about = {"title": title, "language": language, "printed_at": printed_at}
        return typeset([{"folder": folder, "pdfs": len(pdfs), **about}])[0]


def typeset(orders: list[dict[str, Any]]) -> list[bytes]:
    """Several PDFs, as `typesetting` wants their orders. Raises PrintFailed."""
    done = subprocess.run(
        [sys.executable, "-I", str(HERE / "typesetting.py")],
        input=json.dumps(orders).encode(),
        capture_output=True,
        timeout=LONGEST_PRINT,
        check=False,
    )
    if done.returncode:
        raise PrintFailed(done.stderr.decode(errors="replace")[-2000:])
    lengths, _end, pdfs = done.stdout.partition(b"\n")
    ends = list(accumulate(json.loads(lengths), initial=0))
    return [pdfs[start:end] for start, end in pairwise(ends)]
