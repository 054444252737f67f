"""Weeks to try the engine on: drawn by hypothesis, and a fixed handful for mutants."""

import numpy as np
from hypothesis import strategies as st

from deliveries.allocation import Problem


def week(*, rows, crops, seed, cells=False, never=0.1, coarse=False, memory=False, maxima=False, weights=(1, 2)):
    """A problem drawn from a seed: `rows` shares (or cells of several), plenty and scarce crops, some *never*."""
    rng = np.random.default_rng([rows, crops, seed])
    sizes = rng.choice(weights, size=rows)
    counts = rng.integers(1, 30, rows) if cells else np.ones(rows, dtype=np.int64)
    values = rng.integers(150, 600, crops) if coarse else rng.integers(0, 120, crops)
    whole = int((sizes * counts).sum())
    quantities = np.rint(rng.choice([0.0, 0.3, 0.9, 2.5, 8.0], size=crops) * whole * rng.uniform(0.5, 1.5, crops))
    most = rng.choice([0, 1, 2, 5], size=crops) if maxima else np.zeros(crops, dtype=np.int64)
    return Problem(
        share_ids=rng.permutation(10 * rows)[:rows],
        weights=sizes,
        counts=counts,
        quantities=quantities.astype(np.int64),
        step_values=values,
        likings=rng.choice(5, size=(rows, crops), p=[never, *[(1 - never) / 4] * 4]),
        excluded=rng.random((rows, crops)) < never / 3,
        maxima=most,
        owed=rng.integers(-400, 400, rows) if memory else None,
        turns=rng.integers(-1500, 1500, (rows, crops)) if memory else None,
        seed=seed,
    )


@st.composite
def weeks(draw, *, cells=False, most_rows=14):
    """Any small week: no shares, one, many; no crops, one, many; nearly everybody *never*; memory or none."""
    return week(
        rows=draw(st.integers(0, most_rows)),
        crops=draw(st.integers(0, 6)),
        seed=draw(st.integers(0, 10**6)),
        cells=cells,
        never=draw(st.sampled_from([0.0, 0.1, 0.4, 0.95])),
        coarse=draw(st.booleans()),
        memory=draw(st.booleans()),
        maxima=draw(st.booleans()),
        weights=draw(st.sampled_from([(1,), (1, 2), (1, 6), (3, 4)])),
    )


def handful(*, cells=False):
    """The same thirty weeks every time."""
    kinds = [{"never": 0.1}, {"never": 0.3, "memory": True}, {"coarse": True}, {"maxima": True, "memory": True}]
    return [week(rows=6 + 2 * (n % 5), crops=3 + n % 4, seed=n, cells=cells, **kinds[n % 4]) for n in range(30)]
