"""A mixture in plain Python: a list of groups, each a list of rows, judged anew from its members at every look.

What a curve says of its share (`engine.profiles`) has laws of its own, and is taken from there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, inf, lgamma, log

import numpy as np
from numpy.typing import NDArray

from refugia.engine.curves import interpolated
from refugia.engine.profiles import NODES, profile

Floats = NDArray[np.float64]


@dataclass
class Groups:
    """Rows (row, column, grid) in groups; `most` of them at once."""

    curves: Floats
    lumps: Floats
    most: int
    members: list[list[int]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.curves)

    def of(self) -> list[int]:
        """The group of each row, -1 outside all."""
        return [next((k for k, group in enumerate(self.members) if i in group), -1) for i in range(self.rows)]

    def nodes(self, group: list[int], column: int) -> tuple[float, list[tuple[float, float]]]:
        """Log marginal likelihood of a group in a column, and its posterior as places and weights."""
        place, weight = np.empty(NODES), np.empty(NODES)
        value, count = profile(self.curves[group, column].sum(axis=0), self.lumps, place, weight)
        return float(value), list(zip(place[:count].tolist(), weight[:count].tolist(), strict=True))

    def marginal(self, group: list[int]) -> float:
        return sum(self.nodes(group, s)[0] for s in range(self.curves.shape[1]))

    def predictive(self, i: int, group: list[int]) -> float:
        """Log likelihood of a row given the members of a group."""
        found = 0.0
        for s in range(self.curves.shape[1]):
            mean = sum(w * exp(interpolated(self.curves[i, s], x)) for x, w in self.nodes(group, s)[1])
            found += log(max(mean, 1e-300))
        return found

    def posterior(self) -> float:
        return prior([len(group) for group in self.members], self.rows) + sum(map(self.marginal, self.members))

    def leave(self, i: int) -> None:
        """A row leaves; the last group takes the place of one that is empty."""
        k = self.of()[i]
        self.members[k].remove(i)
        if not self.members[k]:
            last = self.members.pop()
            if k < len(self.members):
                self.members[k] = last

    def join(self, i: int, k: int) -> None:
        if k == len(self.members):
            self.members.append([])
        self.members[k] = sorted([*self.members[k], i])

    def swept(self, order: list[int], chance: list[float]) -> int:
        """Seat every row anew, in this order, at its best place or by uniforms; how many moved."""
        moved = 0
        for number, i in enumerate(order):
            before = self.of()[i]
            lonely = before >= 0 and len(self.members[before]) == 1
            if before >= 0:
                self.leave(i)
            count, seated = len(self.members), sum(map(len, self.members))
            values = [log(len(group) + 1.0) + self.predictive(i, group) for group in self.members]
            fresh = log((count + 1.0) * max(count, 1) / (seated + count + 1.0))
            values.append(self.marginal([i]) + fresh if count < self.most else -inf)
            chosen = int(np.argmax(values)) if not chance else picked(values, chance[number])
            self.join(i, chosen)
            moved += chosen != before and not (lonely and chosen == count)
        return moved

    def merged(self) -> float:
        """The two groups whose union gains most are made one; what that gains, 0 where nothing does."""
        best, pair, now = 1e-9, None, self.posterior()
        for a in range(len(self.members)):
            for b in range(a + 1, len(self.members)):
                others = [group for k, group in enumerate(self.members) if k not in (a, b)]
                union = Groups(self.curves, self.lumps, self.most, [*others, self.members[a] + self.members[b]])
                if union.posterior() - now > best:
                    best, pair = union.posterior() - now, (a, b)
        if pair is None:
            return 0.0
        a, b = pair
        self.members[a] = sorted(self.members[a] + self.members[b])
        last = self.members.pop()
        if b < len(self.members):
            self.members[b] = last
        return best

    def parted(self, k: int, first: int, second: int) -> float:
        """A group is parted between two of its members, the others going where they fit; kept where it gains."""
        if len(self.members) == self.most or first == second:
            return 0.0
        before, held = self.posterior(), list(self.members[k])
        self.members[k] = [first]
        self.members.append([second])
        sides = (k, len(self.members) - 1)
        for i in held:
            if i not in (first, second):
                self.join(i, sides[self._away(i, sides[0], sides[1], 1.0)])
        for _ in range(3):
            changed = False
            for i in held:
                here = self.of()[i]
                there = sum(sides) - here
                if len(self.members[here]) > 1 and self._away(i, here, there, 0.0):
                    self.members[here].remove(i)
                    self.join(i, there)
                    changed = True
            if not changed:
                break
        gain = self.posterior() - before
        if gain > 1e-9:
            return gain
        self.members[k] = held
        self.members.pop()
        return 0.0

    def _away(self, i: int, here: int, there: int, outside: float) -> bool:
        stay = self.predictive(i, self.members[here]) + log(len(self.members[here]) + outside)
        return self.predictive(i, self.members[there]) + log(len(self.members[there]) + 1.0) > stay

    def belonging(self) -> list[list[float]]:
        """The posterior of each row's group, all others as they are: by the partitions that its moves would make."""
        found, own = [], self.of()
        for i in range(self.rows):
            values = []
            for k, group in enumerate(self.members):
                if k == own[i]:
                    rest = [row for row in group if row != i]
                    alone = 0.0 if rest else log(self.fresh())
                    values.append(log(len(group)) + self.marginal(group) - (self.marginal(rest) if rest else 0.0) + alone)
                else:
                    values.append(log(len(group) + 1.0) + self.predictive(i, group))
            weights = [exp(value - max(values)) for value in values]
            found.append([weight / sum(weights) for weight in weights])
        return found

    def fresh(self) -> float:
        """Prior odds of a group of its own for the last row to be seated."""
        count = len(self.members)
        return count * max(count - 1.0, 1.0) / (self.rows + count - 1.0)


def prior(sizes: list[int], rows: int) -> float:
    """K! (K - 1)! / (M + K - 1)! prod n_k!, its logarithm."""
    count = len(sizes)
    return lgamma(count + 1) + lgamma(count) - lgamma(rows + count) + sum(lgamma(size + 1) for size in sizes)


def picked(values: list[float], uniform: float) -> int:
    """An index in proportion to the exponentials."""
    weights = [exp(value - max(values)) for value in values]
    for k, weight in enumerate(weights):
        uniform -= weight / sum(weights)
        if uniform < 0.0:
            return k
    return int(np.argmax(values))


def form_posterior(alt: int, depth: int, forms: list[tuple[float, float]], precision: float) -> list[float]:
    """The posterior of the forms of a place from its counts: `forms` as (log weight, success probability)."""
    values = []
    for weight, p in forms:
        value = weight
        if depth > 0 and precision == inf:
            value += alt * log(p) + (depth - alt) * log(1.0 - p)
        elif depth > 0:
            a, b = precision * p, precision * (1.0 - p)
            value += lgamma(alt + a) - lgamma(a) + lgamma(depth - alt + b) - lgamma(b) + lgamma(a + b) - lgamma(depth + a + b)
        values.append(value)
    weights = [exp(value - max(values)) for value in values]
    return [weight / sum(weights) for weight in weights]
