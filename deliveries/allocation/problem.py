"""What a harvest's division is made from, checked before anything is divided.

A *row* is whoever gets one content: a single share (choice mode) or a cell of equal shares, such as all
half shares at one site (uniform mode). A *crop* is a column, counted in steps: 50 g, 1 bunch, 1 head.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Likings = NDArray[np.int8]

NEVER, DISLIKE, NEUTRAL, LIKE, LOVE = range(5)
POINTS: Ints = np.array([0, 10, 50, 75, 100], dtype=np.int64)  # what one minor unit of a liking is worth

MOST_SHARES = 1_500_000
MOST_STEPS = 999_999_999
MOST_STEP_VALUE = 10_000_000
MOST_HARVEST_VALUE = 10**13
MOST_WEIGHT = 10_000
MOST_CROPS = 1_000

_UNSET: Any = None  # an optional field left out; __post_init__ puts its default there


class ProblemError(ValueError):
    """A field that cannot be divided by, said so that it can be shown beside its cell.

    `field` names the Problem's field, `code` is stable (for a translated message), `row` and `crop` are
    positions where they are known, and `says` is the English sentence.
    """

    def __init__(self, field: str, code: str, says: str, *, row: int | None = None, crop: int | None = None) -> None:
        super().__init__(f"{field}: {says}")
        self.field, self.code, self.says, self.row, self.crop = field, code, says, row, crop


@dataclass(frozen=True, eq=False)
class Problem:
    """One week's harvest and everybody who is due a part of it. S rows, J crops; arrays are read-only.

    | field | shape | unit |
    | --- | --- | --- |
    | share_ids | int64[S] | any stable, distinct numbers; they decide ties together with the seed |
    | weights | int64[S] | size of one share: half 1, full 2 |
    | counts | int64[S] | shares in the row (1 in choice mode) |
    | quantities | int64[J] | steps harvested |
    | step_values | int64[J] | minor units of money per step |
    | likings | int8[S,J] | 0 never, 1 dislike, 2 neutral, 3 like, 4 love |
    | excluded | bool[S,J] | allergies, crops kept for other sites: never given |
    | maxima | int64[J] | most steps for one share, 0 = no maximum |
    | owed | int64[S] | minor units per unit of weight, owed from earlier weeks (negative: ahead) |
    | turns | int64[S,J] | thousandths of a step of a scarce crop owed from earlier weeks |
    | locked | int64[S,J] | steps fixed by hand, −1 = free |
    | seed | int | the week's draw: breaks ties, nothing else |
    | band | float | how far a share's value may lie off its target, as a part of the even share |
    | variety | float | most of a crop one share may get, in even shares of that crop |
    | rotation | int | points that one owed turn at a scarce crop is worth (two: four times as many) |
    | thrift | int | uniform mode: how much more a step given counts than an even value; 0 = by itself |
    """

    share_ids: Ints
    weights: Ints
    counts: Ints
    quantities: Ints
    step_values: Ints
    likings: Likings = _UNSET
    excluded: Bools = _UNSET
    maxima: Ints = _UNSET
    owed: Ints = _UNSET
    turns: Ints = _UNSET
    locked: Ints = _UNSET
    seed: int = 0
    band: float = 0.02
    variety: float = 2.0
    rotation: int = 30
    thrift: int = 0

    def __post_init__(self) -> None:
        """Turn what was given into arrays of the promised kind, or say which field is wrong."""
        s, j = _length(self.share_ids, "share_ids"), _length(self.quantities, "quantities")
        for name, kind, shape, default in (
            ("share_ids", np.int64, (s,), None),
            ("weights", np.int64, (s,), None),
            ("counts", np.int64, (s,), None),
            ("quantities", np.int64, (j,), None),
            ("step_values", np.int64, (j,), None),
            ("likings", np.int8, (s, j), NEUTRAL),
            ("excluded", np.bool_, (s, j), False),
            ("maxima", np.int64, (j,), 0),
            ("owed", np.int64, (s,), 0),
            ("turns", np.int64, (s, j), 0),
            ("locked", np.int64, (s, j), -1),
        ):
            object.__setattr__(self, name, _array(name, getattr(self, name), kind, shape, default))
        _check_roster(self)
        _check_harvest(self)
        _check_wishes(self)
        _check_parameters(self)
        _check_locked(self)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and crops."""
        return len(self.share_ids), len(self.quantities)

    @property
    def fixed(self) -> Ints:
        """int64[S,J]: the locked steps, 0 where the engine is free."""
        return np.broadcast_to(np.int64(0), self.shape) if untouched(self.locked) else np.maximum(self.locked, 0)

    def rows(self, order: Ints) -> Problem:
        """The same problem with the rows taken in `order` (int64[any], positions)."""
        taken: dict[str, Any] = {name: _take(getattr(self, name), order) for name in ROW_FIELDS}
        return replace(self, **taken)

    def parameters(self) -> dict[str, int | float]:
        """What the farmer may turn, JSON-ready."""
        return {name: getattr(self, name) for name in ("band", "variety", "rotation", "thrift")}


ROW_FIELDS = ("share_ids", "weights", "counts", "likings", "excluded", "owed", "turns", "locked")
FIELDS = tuple(field.name for field in fields(Problem))


def _length(value: Any, name: str) -> int:
    try:
        return len(value)
    except TypeError:
        raise ProblemError(name, "not_a_list", "a list of whole numbers is needed") from None


def _array(name: str, value: Any, kind: type[np.generic], shape: tuple[int, ...], default: Any) -> NDArray[Any]:
    """`value` as a read-only array of `kind` and `shape`; a default takes no memory (one cell, broadcast)."""
    if value is None:
        if default is None:
            raise ProblemError(name, "missing", "must be given")
        return np.broadcast_to(np.array(default, dtype=kind), shape)
    try:
        found = np.asarray(value)
    except (TypeError, ValueError):
        raise ProblemError(name, "not_a_list", "must be one rectangle of numbers") from None
    if found.size == 0 and np.prod(shape) == 0:
        found = found.reshape(shape).astype(kind)
    if found.shape != shape:
        raise ProblemError(name, "shape", f"has shape {found.shape}, but {shape} is needed")
    return _sealed(name, found, kind)


def _sealed(name: str, found: NDArray[Any], kind: type[np.generic]) -> NDArray[Any]:
    """The array as `kind`, only if no value changes on the way (no fractions, no overflow)."""
    wanted = "biu" if kind is not np.bool_ else "b"
    if found.dtype.kind not in wanted:
        what = "true or false" if kind is np.bool_ else "whole numbers"
        raise ProblemError(name, "kind", f"must hold {what}, not {found.dtype}")
    if found.dtype == kind:
        exact = found if not found.flags.writeable else found.copy()
    else:
        exact = found.astype(kind)
        if not np.array_equal(exact, found):
            raise ProblemError(name, "range", "holds a number that is too large")
    exact.flags.writeable = False
    return exact


def _take(value: NDArray[Any], order: Ints) -> NDArray[Any]:
    if untouched(value):
        return np.broadcast_to(value.flat[0:1].reshape((1,) * value.ndim), (len(order), *value.shape[1:]))
    taken = value[order]
    taken.flags.writeable = False
    return taken


def untouched(value: NDArray[Any]) -> bool:
    """Whether this is a default: one cell seen everywhere, so that nobody need walk over all of it."""
    return value.size > 0 and all(stride == 0 for stride in value.strides)


def _refuse(field: str, code: str, says: str, bad: NDArray[np.bool_]) -> None:
    """Raise for the first True in `bad`, a mask over rows, crops or both, as the field has them."""
    if not bad.any():
        return
    at = [int(place) for place in np.argwhere(bad)[0]]
    row = at[0] if field in ROW_FIELDS else None
    crop = at[-1] if field not in ROW_FIELDS or len(at) == 2 else None
    raise ProblemError(field, code, says, row=row, crop=crop)


def _between(p: Problem, field: str, low: int, high: int, *, small: str, large: str) -> None:
    """Every number of the field lies from `low` to `high`, both included."""
    value = getattr(p, field)
    seen = value.flat[0:1] if untouched(value) else value
    if seen.size and seen.min() < low:
        _refuse(field, "too_small", small, value < low)
    if seen.size and seen.max() > high:
        _refuse(field, "too_large", large, value > high)


def _check_roster(p: Problem) -> None:
    seen, first = np.unique(p.share_ids, return_index=True)
    if len(seen) != len(p.share_ids):
        again = np.ones(len(p.share_ids), dtype=np.bool_)
        again[first] = False
        _refuse("share_ids", "twice", "the same share stands in it twice", again)
    _between(
        p, "weights", 1, MOST_WEIGHT, small="a share weighs at least 1", large=f"a share weighs at most {MOST_WEIGHT:,}"
    )
    _between(p, "counts", 1, MOST_SHARES, small="a row holds at least 1 share", large="too many shares in one row")
    if p.counts.sum() > MOST_SHARES:
        raise ProblemError("counts", "too_many", f"at most {MOST_SHARES:,} shares can be served at once")


def _check_harvest(p: Problem) -> None:
    if len(p.quantities) > MOST_CROPS:
        raise ProblemError("quantities", "too_many", f"at most {MOST_CROPS:,} crops can be divided at once")
    _between(
        p, "quantities", 0, MOST_STEPS, small="a harvest cannot be less than nothing",
        large=f"more than {MOST_STEPS:,} steps; is the step too fine?",
    )  # fmt: skip
    _between(
        p, "step_values", 0, MOST_STEP_VALUE, small="a step cannot be worth less than nothing",
        large="a step worth that much is surely a slip",
    )  # fmt: skip
    _between(
        p, "maxima", 0, MOST_STEPS, small="a maximum is 1 or more (0 = none)", large="that maximum is surely a slip"
    )
    dear = p.quantities * p.step_values > MOST_HARVEST_VALUE
    _refuse("quantities", "too_dear", "so much of a crop so dear is surely a slip", dear)


def _check_wishes(p: Problem) -> None:
    unknown = "a liking is 0 (never) to 4 (love)"
    _between(p, "likings", NEVER, LOVE, small=unknown, large=unknown)
    lot = MOST_HARVEST_VALUE
    _between(p, "owed", -lot, lot, small="nobody is that far ahead", large="nobody is owed that much")
    most = 10**9
    _between(p, "turns", -most, most, small="nobody is that many turns ahead", large="nobody is owed that many turns")


def _check_parameters(p: Problem) -> None:
    if isinstance(p.seed, bool) or not isinstance(p.seed, (int, np.integer)):
        raise ProblemError("seed", "kind", "must be a whole number")
    for name, low, high in (("band", 0.0, 1.0), ("variety", 1.0, 1000.0)):
        value = getattr(p, name)
        if not isinstance(value, (int, float)) or not low <= value <= high:
            raise ProblemError(name, "range", f"must lie between {low:g} and {high:g}")
    for name, most in (("rotation", 200), ("thrift", 10**6)):
        value = getattr(p, name)
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value <= most:
            raise ProblemError(name, "range", f"must be a whole number from 0 to {most:,}")


def _check_locked(p: Problem) -> None:
    """What is fixed by hand must be there: enough harvested, and nobody's *never*."""
    small, large = "fixed steps are 0 or more (−1 = free)", "more is fixed than was harvested"
    _between(p, "locked", -1, MOST_STEPS, small=small, large=large)
    if untouched(p.locked) or not p.locked.size:
        return
    refused = (p.locked > 0) & ((p.likings == NEVER) | p.excluded)
    _refuse("locked", "refused", "fixed for somebody who must not get this crop", refused)
    fixed = (p.counts[:, None] * np.maximum(p.locked, 0)).sum(axis=0)
    if (fixed > p.quantities).any():
        crop = int(np.argmax(fixed > p.quantities))
        raise ProblemError("locked", "too_large", "more is fixed than was harvested", crop=crop)
