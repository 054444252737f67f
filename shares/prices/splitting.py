"""Dividing an amount into whole parts that add up to it."""

from __future__ import annotations

from collections.abc import Sequence


def split(amount: int, weights: Sequence[int], *, step: int = 1) -> list[int]:
    """`amount` (minor units) in parts as `weights` say, each a multiple of `step`; they sum to it exactly.

    Largest remainder: each gets the steps it is sure of, and those left over go to the parts that were cut most, the
    earlier first where two were cut alike (Hamilton's method). What is below one step rides with the first part. No
    weights, or all zero, is the caller's mistake: ValueError.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0 or amount < 0 or step < 1:
        raise ValueError("nothing to divide by")
    steps, rest = divmod(amount, step)
    parts = [steps * weight // total for weight in weights]
    cut_most = sorted(range(len(weights)), key=lambda n: (-(steps * weights[n] % total), n))
    for n in cut_most[: steps - sum(parts)]:
        parts[n] += 1
    amounts = [part * step for part in parts]
    amounts[next(n for n, weight in enumerate(weights) if weight)] += rest
    return amounts
