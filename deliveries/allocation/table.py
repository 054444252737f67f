"""The table round which a few thousand shares trade: everything about them side by side, crops as rows.

All numbers are whole. What a division is worth is

    F = Σ value · pleasure · steps  −  BURDEN · Σ (how far each share's value lies outside its band)
                                    −  Σ (how far each share's value lies off its target)

pleasure in sixteenths of a point, so F is in sixteenths of a point times minor units. 32 bits are used where they
suffice (they give the same numbers twice as fast). The last term is small: among equals the even division is better.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .problem import Ints
from .score import SIXTEENTHS

BURDEN = 1500 * SIXTEENTHS  # what a minor unit outside the band costs: the band is nearly hard

Numbers = NDArray[np.signedinteger]


@dataclass(eq=False)
class Table:
    """n shares, J crops and, as row J, "nothing": it can always be given and taken, and is worth nothing.

    steps, caps, worth int[J+1,n] (worth: what one step pleases); give, take int[J+1,n]: what giving up or taking one
    step pleases, `never` where it cannot be; step_values int64[J+1]; ahead int[n] is value − target, slack int[n]
    how far it may lie from 0 (minor units), pain int[n] what that costs in F. reluctance int[n], if any, is
    what must be gained before a share takes part in its first trade (corrections leave boxes in peace).
    """

    steps: Numbers
    caps: Numbers
    worth: Numbers
    give: Numbers
    take: Numbers
    never: int
    step_values: Ints
    ahead: Numbers
    slack: Numbers
    pain: Numbers
    reluctance: Numbers | None = None
    nothing: int = field(init=False)

    def __post_init__(self) -> None:
        self.nothing = len(self.step_values) - 1

    def move(self, crop: int, shares: Ints, steps: Numbers | int) -> None:
        """Give these shares (each at most once) so many steps of the crop, or take them if negative."""
        self._hold(crop, shares, steps)
        self.weigh(shares, steps * self.step_values[crop])

    def exchange(self, moved: list[tuple[int, int]], shares: Ints, ways: Numbers) -> None:
        """Give these shares so many steps of these crops, the whole times `ways` (int[shares], 1 or −1)."""
        change = 0
        for crop, steps in moved:
            self._hold(crop, shares, ways if steps == 1 else steps * ways)
            change += steps * int(self.step_values[crop])
        self.weigh(shares, ways * change)

    def _hold(self, crop: int, shares: Ints, steps: Numbers | int) -> None:
        """The half of a move that changes what is held."""
        row = self.steps[crop]
        held, worth = row[shares] + steps, self.worth[crop][shares]
        row[shares] = held
        self.give[crop][shares] = np.where(held > 0, -worth, self.never)
        self.take[crop][shares] = np.where(held < self.caps[crop][shares], worth, self.never)

    def weigh(self, shares: Ints, change: Numbers | int) -> None:
        """The half of a move that changes what boxes are worth: `change` minor units more for each of these shares."""
        ahead = self.ahead[shares] + change
        self.ahead[shares] = ahead
        self.pain[shares] = pain_of(ahead, self.slack[shares])
        if self.reluctance is not None:
            self.reluctance[shares] = 0

    def relief(self, change: int | Numbers) -> Numbers:
        """int[n]: how much F gains in fairness if values changed so (int, or int[…,1] for many at once)."""
        gain = pain_of(self.ahead + change, self.slack)
        np.subtract(self.pain, gain, out=gain)
        if self.reluctance is not None:
            gain -= self.reluctance
        return gain

    def hardship(self) -> Numbers:
        """int[n] minor units: how far outside its band each share's value lies."""
        return np.maximum(np.abs(self.ahead) - self.slack, 0)

    def refresh(self) -> None:
        """Work out give and take anew from steps, caps and worth."""
        self.give = np.where(self.steps > 0, -self.worth, self.worth.dtype.type(self.never))
        self.take = np.where(self.steps < self.caps, self.worth, self.worth.dtype.type(self.never))
        self.give[-1], self.take[-1] = 0, 0

    def side(self, shares: Ints | slice) -> Table:
        """A smaller table for some of the shares; `join` brings what they agreed back."""
        rows = ("steps", "caps", "worth", "give", "take")
        sides = {name: np.ascontiguousarray(getattr(self, name)[:, shares]) for name in rows}
        sides |= {name: getattr(self, name)[shares] for name in ("ahead", "slack", "pain")}
        return Table(never=self.never, step_values=self.step_values, **sides)

    def join(self, shares: Ints, side: Table) -> None:
        """Take over what these shares hold at the side table."""
        for name in ("steps", "give", "take"):
            getattr(self, name)[:, shares] = getattr(side, name)
        self.ahead[shares], self.pain[shares] = side.ahead, side.pain

    def put(self, boxes: Ints) -> None:
        """Let the shares hold these boxes instead (int[n,J] steps)."""
        values = self.step_values[:-1]
        change = (boxes - self.steps[:-1].T) @ values
        self.steps[:-1] = boxes.T
        self.weigh(np.arange(len(boxes)), change.astype(self.ahead.dtype))
        self.refresh()

    def each(self) -> Ints:
        """int64[n]: each share's part of F."""
        pleased = (self.worth.astype(np.int64) * self.steps).sum(axis=0)
        return np.asarray(pleased - self.pain)

    def total(self) -> int:
        """F over the table."""
        return int(self.each().sum())


def pain_of(ahead: Numbers, slack: Numbers) -> Numbers:
    """What lying `ahead` of the target costs (int, same shape): off + max(0, BURDEN · (off − slack))."""
    off = np.abs(ahead)
    pain = off * (BURDEN + 1)
    pain -= BURDEN * slack
    np.maximum(pain, off, out=pain)
    return pain


def lay_table(
    *, steps: Ints, caps: Ints, pleasure: NDArray[np.int32], step_values: Ints, targets: Ints, slack: Ints
) -> Table:
    """A table from arrays with shares as rows (int[n,J]); targets and slack int64[n] minor units."""
    reach = int((np.maximum(caps, steps) @ step_values).max(initial=0)) + int(np.abs(targets).max(initial=0))
    reach += 4 * int(step_values.max(initial=0))  # gains are worked out for trades that cannot be made as well
    small = int(step_values.max(initial=0)) * 2**16 < 2**27 and reach * (BURDEN + 1) < 2**31
    kind: type[np.signedinteger] = np.int32 if small else np.int64
    never = -(2**27) if small else -(2**59)

    def rows(value: NDArray[np.signedinteger]) -> Numbers:
        laid = np.zeros((value.shape[1] + 1, len(value)), dtype=kind)
        laid[:-1] = value.T
        return laid

    held, worth = rows(steps), rows(pleasure * step_values)
    ahead = (steps @ step_values - targets).astype(kind)
    table = Table(
        steps=held,
        caps=rows(caps),
        worth=worth,
        give=worth,
        take=worth,
        never=never,
        step_values=np.append(step_values, 0),
        ahead=ahead,
        slack=slack.astype(kind),
        pain=pain_of(ahead, slack.astype(kind)),
    )
    table.refresh()
    return table
