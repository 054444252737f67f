"""What may not stand in a log: whoever reads an address with a token in it could open it."""

from __future__ import annotations

import logging
import re

# Check-in links, friends' passes, calendars, and letters' links (which bear the reader's address, signed).
_TOKENS = re.compile(r"(?<![\w/])/(c|p|e|feeds)/[^/\s?]+")


def without_tokens(text: str) -> str:
    return _TOKENS.sub(r"/\1/…", text)


class WithoutTokens(logging.Filter):
    """Takes tokens out of the addresses that a record tells of."""

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.getMessage()
        if (quiet := without_tokens(told)) != told:
            record.msg, record.args = quiet, None
        return True
