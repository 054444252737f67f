"""What pages cost: at most 30 queries each, and as many for one household as for forty."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.furnished import furnish
from tests.shares.test_journal import shown_who_she_is

MOST = 30
FEW, MANY = 1, 40
Queries = dict[str, list[str]]


@pytest.fixture
def looked_at(cast, clock) -> Callable[[int], tuple[Queries, dict[str, float]]]:
    """Every page of a furnished farm of so many households: its queries, and its server time in seconds."""

    def look(households: int) -> tuple[Queries, dict[str, float]]:
        with transaction.atomic():
            furnished = furnish(cast, clock, households=households)
            queries, seconds = {}, {}
            tables = [f"/f/{cast.farm.slug}/desk/{page}/?format=csv" for page in ("people", "money")]
            for role, paths in {**furnished.paths, "fern": [*furnished.paths["fern"], *tables]}.items():
                client = _client(cast, role)
                for number, path in enumerate(paths):
                    name = f"{role} {number} {re.sub('/[^/]{20,}/', '/…/', path)}"
                    queries[name], seconds[name] = _look(client, path)
            transaction.set_rollback(True)
        return queries, seconds

    return look


def _client(cast: Any, role: str) -> Client:
    client = Client()
    if role != "nobody":
        client.force_login(getattr(cast, role), backend="allauth.account.auth_backends.AuthenticationBackend")
        shown_who_she_is(client, getattr(cast, role), ago=60)  # tables leave after a fresh sign-in only
    return client


def _look(client: Client, path: str) -> tuple[list[str], float]:
    """The second look counts: the first one compiles the template."""
    answer = client.get(path, follow=True)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    there = answer.redirect_chain[-1][0] if answer.redirect_chain else path
    with CaptureQueriesContext(connection) as captured:
        began = time.perf_counter()
        client.get(there)
        seconds = time.perf_counter() - began
    return [one["sql"] for one in captured], seconds


def test_pages_cost_thirty_queries_at_most_and_no_more_for_forty_households(looked_at):
    few, _seconds = looked_at(FEW)
    many, seconds = looked_at(MANY)
    for page, took in sorted(seconds.items(), key=lambda item: -item[1])[:5]:
        print(f"{took * 1000:4.0f} ms, {len(many[page]):2} queries: {page}")  # noqa: T201
    assert len(many) > 50
    dear = {page: len(queries) for page, queries in many.items() if len(queries) > MOST}
    assert dear == {}
    growing = {
        page: _more(few_queries, many_queries)
        for (page, many_queries), few_queries in zip(many.items(), few.values(), strict=True)
        if len(many_queries) > len(few_queries)
    }
    assert growing == {}


def _more(few: list[str], many: list[str]) -> list[str]:
    """The kinds of query of which there are more, for the message."""
    before, after = Counter(map(_kind, few)), Counter(map(_kind, many))
    return [f"{count - before[kind]} more: {kind[:150]}" for kind, count in after.items() if count > before[kind]]


def _kind(sql: str) -> str:
    return re.sub(r"\d+|'[^']*'", "?", re.sub(r'"\w+"\.', "", sql))
