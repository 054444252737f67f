"""Run as a program of its own: files as JSON on stdin, PDF on stdout.

typst remembers all it ever laid out (a big print leaves 270 MB behind) and gives nothing back; a worker that
printed in its own process would grow until it is killed. So this imports nothing but typst, prints and ends.
"""

import json
import sys

import typst


def main() -> None:
    """Reads {"files": {name: text}, "fonts": folder, "printed_at": Unix seconds, "tagged": bool}."""
    order = json.load(sys.stdin.buffer)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[order["fonts"]])
    # typst takes a dict of files by name; its stubs do not say so yet.
    pdf = typst.compile(  # type: ignore[call-overload]
        {name: text.encode() for name, text in order["files"].items()},
        font_paths=fonts,
        ignore_system_fonts=True,
        timestamp=order["printed_at"],
        pdf_tags=order["tagged"],
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
