"""Run as a program of its own: files as JSON on stdin, PDFs on stdout.

typst remembers all it ever laid out (a big print leaves 270 MB behind) and gives nothing back; a worker that
printed in its own process would grow until it is killed. So this imports nothing but typst, prints and ends.
"""

import json
import sys
from typing import Any

import typst


def main() -> None:
    """Reads a list of {"files": {name: text}, "fonts": folder, "printed_at": Unix seconds, "tagged": bool}; writes the
    length of each PDF as a line of JSON, then the PDFs."""
    pdfs = [print_one(order) for order in json.load(sys.stdin.buffer)]
    sys.stdout.buffer.write(json.dumps([len(pdf) for pdf in pdfs]).encode() + b"\n")
    for pdf in pdfs:
        sys.stdout.buffer.write(pdf)


def print_one(order: dict[str, Any]) -> bytes:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[order["fonts"]])
    # typst takes a dict of files by name; its stubs do not say so yet.
    pdf: bytes = typst.compile(  # type: ignore[call-overload]
        {name: text.encode() for name, text in order["files"].items()},
        font_paths=fonts,
        ignore_system_fonts=True,
        timestamp=order["printed_at"],
        pdf_tags=order["tagged"],
    )
    return pdf


if __name__ == "__main__":
    main()
