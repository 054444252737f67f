"""Two shares change boxes with each other: each for another on its menu, so that together they hold what they held.

All pairs of shares and all their boxes are looked at at once: a change's key and its opposite's are sorted and matched.
Where few sit and nobody gains any more, one box is changed for a neighbouring one, two others make up for it, and the
better result is kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .draw import mixed
from .menus import EMPTY, Menus, foremost, keys_of
from .problem import Ints

ROUNDS = 12
UPSETS = 60
UPSET_WORK = 300_000  # lines read by all upsets together
NEAR = 12  # lines for each share from which an upset is drawn
FAR = 24  # lines for each share that are looked at


def deal(menus: Menus, net: Ints) -> None:
    """Make the deals that gain most, the most gainful first, until none gains. net int64[n,M] as menus.net()."""
    for _ in range(ROUNDS):
        gain, first, second = matched(menus, net)
        order = np.flatnonzero(gain > 0)
        order = order[np.argsort(-gain[order], kind="stable")]
        if not _made(menus, first[order], second[order]):
            return


def _made(menus: Menus, first: Ints, second: Ints) -> int:
    """Make deals (lines int64[any], in order) between shares that have not dealt yet; how many."""
    lines, made = menus.worth.shape[1], 0
    busy = np.zeros(len(menus.pick), dtype=np.bool_)
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        a, b = one // lines, other // lines
        if not busy[a] and not busy[b]:
            menus.pick[a], menus.pick[b] = one % lines, other % lines
            busy[a] = busy[b] = True
            made += 1
    return made


def matched(menus: Menus, net: Ints, wanted: Ints | None = None, without: int = -1) -> tuple[Ints, Ints, Ints]:
    """gain int64[m] and two lines int64[m] (positions in the flat menus) of deals whose changes add up to `wanted`
    (int64[J], nothing unless given), for each line the best partner; `without` takes no part.

    Only the lines that look best at the prices are looked at. Who gains must make up for who loses, so those that lose
    more than anybody gains are left out as well.
    """
    everybody, lines = np.arange(len(menus.pick)), menus.worth.shape[1]
    better = net - net[everybody, menus.pick][:, None]
    better[menus.worth == EMPTY] = EMPTY
    if without >= 0:
        better[without] = EMPTY
    seen = foremost(better.ravel(), FAR * len(everybody))
    seen = seen[better.ravel()[seen] > EMPTY // 2]
    if wanted is None:
        seen = seen[better.ravel()[seen] >= -int(better.max(initial=0))]
    share = seen // lines
    change = menus.keys.ravel()[seen] - menus.keys[everybody, menus.pick][share]
    gain = menus.worth.ravel()[seen] - menus.worth[everybody, menus.pick][share]
    sought = np.uint64(0) if wanted is None else np.uint64(keys_of(wanted))
    one, other = _opposites(change, gain, sought)
    apart = share[one] != share[other]
    one, other = one[apart], other[apart]
    true = _adds_up(menus, seen[one], seen[other], wanted)
    return gain[one[true]] + gain[other[true]], seen[one[true]], seen[other[true]]


def _opposites(change: NDArray[np.uint64], gain: Ints, sought: np.uint64) -> tuple[Ints, Ints]:
    """int64[m], int64[m]: positions of changes, and for each the most gainful change that makes `sought` with it."""
    order = np.lexsort((-gain, change))
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = change[order][1:] != change[order][:-1]
    best = order[fresh]
    rest = sought - change
    at = np.minimum(np.searchsorted(change[best], rest), len(best) - 1)
    one = np.flatnonzero(change[best][at] == rest) if len(best) else np.zeros(0, dtype=np.int64)
    return one, best[at[one]]


def _adds_up(menus: Menus, one: Ints, other: Ints, wanted: Ints | None) -> NDArray[np.bool_]:
    """bool[m]: whether the two changes really add up to `wanted`; keys could agree by chance."""
    lines, held = menus.worth.shape[1], menus.held()
    flat = menus.boxes.reshape(-1, menus.boxes.shape[2])
    change = flat[one].astype(np.int64) - held[one // lines] + flat[other] - held[other // lines]
    return np.asarray((change == (0 if wanted is None else wanted)).all(axis=1))


def upset(menus: Menus, net: Ints) -> None:
    """Change a box drawn by lot for one near it, let two others make up for it, deal again; keep the most F seen."""
    shares, lines = menus.worth.shape
    everybody = np.arange(shares)
    kept, most = menus.pick.copy(), menus.total()
    for turn in range(min(UPSETS, UPSET_WORK // max(int((menus.worth > EMPTY).sum()), 1))):
        better = net - net[everybody, menus.pick][:, None]
        better[everybody, menus.pick] = EMPTY
        near = foremost(better.ravel(), NEAR * shares)
        near = near[better.ravel()[near] > EMPTY // 2]
        if not len(near):
            return
        drawn = int(near[int(mixed(np.array([turn], dtype=np.uint64))[0] % np.uint64(len(near)))])
        _upset_by(menus, net, drawn // lines, drawn % lines)
        if menus.total() > most:
            kept, most = menus.pick.copy(), menus.total()
        else:
            menus.pick = kept.copy()


def _upset_by(menus: Menus, net: Ints, share: int, line: int) -> None:
    """Let `share` have that line of its menu, the best two others make up for it, and all deal again."""
    wanted = menus.held()[share] - menus.boxes[share, line]
    gain, one, other = matched(menus, net, wanted, without=share)
    if not len(gain):
        return
    best, lines = int(gain.argmax()), menus.worth.shape[1]
    menus.pick[share] = line
    for found in (int(one[best]), int(other[best])):
        menus.pick[found // lines] = found % lines
    deal(menus, net)
