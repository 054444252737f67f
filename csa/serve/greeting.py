"""What to open, and who can sign in: said once the first page answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csa.serve.console import say
from csa.serve.parts import HOST, Installation


def greet(place: Installation, *, seconds: float) -> None:
    say(f"\nHissa is ready after {seconds:.1f} s.\n")
    say(_line("Pages", f"{place.address}/"))
    if not place.environment.get("EMAIL_URL"):
        say(_line("Mail", f"{place.address}/mail/   letters land here; none leaves this machine"))
    if place.sandbox_port:
        say(_line("Cards", f"4242 4242 4242 4242 pays at the sandbox on {HOST}:{place.sandbox_port}; no money moves"))
    say(_line("Data", str(place.var)))
    for words in sign_ins(place.var / "demo.json", address=place.address):
        say(words)
    say()


def sign_ins(path: Path, *, address: str) -> list[str]:
    """Lines that tell who can sign in at the demo farms (what `manage.py demo` printed); none without a demo."""
    try:
        demo = json.loads(path.read_text())
        lines = [line for farm in demo["farms"] for line in _farm(farm, address)]
        return ["", *lines, _line("password", demo["password"])]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _farm(farm: dict[str, Any], address: str) -> list[str]:
    people = [_line(role, farm[role]) for role in ("owner", "packer", "subscriber") if role in farm]
    links = [_line("check-in", f"{_here(link, address)}   {site}") for site, link in farm["host_links"].items()]
    return [_line(farm["name"], _here(farm["page"], address)), *people, *links]


def _here(link: str, address: str) -> str:
    """The link at the address we serve now; the demo may have been grown at another port."""
    return address + urlsplit(link).path


def _line(name: str, words: str) -> str:
    return f"  {name:<17}{words}"
