"""Whoever reads the log can open nobody's link."""

import logging

import pytest

from people.quiet_log import without_tokens
from tests.deliveries.checking_in import day_of, link_to


def test_an_address_with_a_token_is_told_without_it(cast, client):
    """As the console of this very process would say it."""
    link = link_to(day_of(cast))
    console = next(one for one in logging.getLogger().handlers if one.filters)
    told: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: told.append(console.format(record) if console.filter(record) else "")  # type: ignore[method-assign]
    logging.getLogger("django.request").addHandler(listener)
    try:
        assert client.post(f"/c/{link.token}/sync/", "no", content_type="application/json").status_code == 400
        assert client.get(f"/p/{link.token}/").status_code == 404
    finally:
        logging.getLogger("django.request").removeHandler(listener)
    assert [one.splitlines()[0] for one in told] == [
        "WARNING django.request: not JSON: /c/…/sync/",
        "WARNING django.request: Not Found: /p/…/",
    ]
    assert link.token not in "".join(told)


@pytest.mark.parametrize("address", ["/f/cedar-bend/desk/", "/my/code/", "/abc/e/x/", "https://example.org/c/"])
def test_other_addresses_stay(address):
    assert without_tokens(address) == address
