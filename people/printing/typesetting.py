"""Run as a program of its own: files as JSON on stdin, PDFs on stdout.

typst remembers all it ever laid out (a big print leaves 270 MB behind) and gives nothing back; a worker that
printed in its own process would grow until it is killed. So this imports nothing but typst, prints and ends.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import typst


def main() -> None:
    """Reads a list of orders; writes the length of each PDF as a line of JSON, then the PDFs.

    An order to set: {"files": {name: text}, "fonts": folder, "machine_s_fonts": whether those of this machine help
    where ours have no letter, "printed_at": Unix seconds, "tagged": bool}.
    An order to bind: {"folder": where 0.pdf, 1.pdf, … lie, "pdfs": how many, "title": text, "language": code,
    "printed_at": Unix seconds}.
    """
    orders = json.load(sys.stdin.buffer)
    pdfs = [bind(order) if "pdfs" in order else print_one(order) for order in orders]
    sys.stdout.buffer.write(json.dumps([len(pdf) for pdf in pdfs]).encode() + b"\n")
    for pdf in pdfs:
        sys.stdout.buffer.write(pdf)


def print_one(order: dict[str, Any]) -> bytes:
    fonts = typst.Fonts(
        include_system_fonts=order["machine_s_fonts"], include_embedded_fonts=False, font_paths=[order["fonts"]]
    )
    # typst takes a dict of files by name; its stubs do not say so yet.
    pdf: bytes = typst.compile(  # type: ignore[call-overload]
        {name: text.encode() for name, text in order["files"].items()},
        font_paths=fonts,
        ignore_system_fonts=True,
        timestamp=order["printed_at"],
        pdf_tags=order["tagged"],
    )
    return pdf


def bind(order: dict[str, Any]) -> bytes:
    """PDFs that are set already, one after another: each page is placed as it is, at a tenth of setting it anew."""
    folder = Path(order["folder"])
    pages = [
        (place, page)
        for place in range(order["pdfs"])
        for page in range(1, pages_of((folder / f"{place}.pdf").read_bytes()) + 1)
    ]
    words = {"title": order["title"], "language": order["language"], "pages": pages}
    (folder / "words.json").write_text(json.dumps(words), encoding="utf-8")
    (folder / "main.typ").write_text(BINDING, encoding="utf-8")
    bound: bytes = typst.compile(
        str(folder / "main.typ"),
        root=str(folder),
        ignore_system_fonts=True,
        timestamp=order["printed_at"],
        pdf_tags=False,
    )
    return bound


BINDING = """
#let words = json("words.json")
#set document(title: words.title)
#set text(lang: words.language)
#set page(width: auto, height: auto, margin: 0pt)
#for (place, page) in words.pages { std.page(image(str(place) + ".pdf", page: page)) }
"""


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF of ours has: the root of its page tree counts them all."""
    return max(int(count) for count in re.findall(rb"/Type/Pages/Count (\d+)", pdf))


if __name__ == "__main__":
    main()
