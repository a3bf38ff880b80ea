"""The lattice once more in plain Python: dictionaries of cells, no blocks, no passes; draws from the same addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from math import exp

from tests.reference.plain_chance import philox, unit

FATE, EVENT, DAUGHTER, ALL = 32, 33, 34, 2**64 - 1
Place = tuple[int, int, int]


def mixed(bits: int) -> int:
    """The finaliser of SplitMix64."""
    bits = (bits + 0x9E3779B97F4A7C15) & ALL
    bits = ((bits ^ bits >> 30) * 0xBF58476D1CE4E5B9) & ALL
    bits = ((bits ^ bits >> 27) * 0x94D049BB133111EB) & ALL
    return bits ^ bits >> 31


@dataclass
class Plain:
    """Cells by place (clone from 1 on), walls, and a clone's (parent, genotype, day, place)."""

    shape: Place
    cells: dict[Place, int]
    walls: set[Place]
    clones: list[tuple[int, int, float, int]]
    key: tuple[int, int]
    corners: bool = True
    step: int = 0
    events: list[int] = field(default_factory=lambda: [0, 0, 0])

    def index(self, at: Place) -> int:
        """The flat index of a place."""
        return (at[0] * self.shape[1] + at[1]) * self.shape[2] + at[2]

    def ways(self) -> list[Place]:
        """The steps to neighbours."""
        free = [(-1, 0, 1) if count > 1 else (0,) for count in self.shape]
        every = [way for way in product(*free) if any(way)]
        return every if self.corners else [way for way in every if sum(map(abs, way)) == 1]

    def empty(self, at: Place) -> bool:
        """Whether a cell could be put there."""
        inside = all(0 <= one < count for one, count in zip(at, self.shape, strict=True))
        return inside and at not in self.cells and at not in self.walls

    def choice(self, at: Place, words: tuple[int, ...]) -> Place | None:
        """An empty neighbour: two tries, then one of those there are."""
        ways = self.ways()
        for word in words[:2]:
            other = beside(at, ways[word * len(ways) >> 32])
            if self.empty(other):
                return other
        every = [beside(at, way) for way in ways if self.empty(beside(at, way))]
        return every[words[2] * len(every) >> 32] if every else None

    def advance(self, rates: list[dict[str, float]], become: list[list[float]], day: float) -> None:
        """One step: `rates` of each genotype (birth, death, move), `become` of each pair."""
        claims: dict[Place, list[tuple[Place, bool]]] = {}
        dying = []
        for at, clone in self.cells.items():
            here, rate = self.index(at), rates[self.clones[clone - 1][1]]
            first = philox(here >> 2, 0, self.step, FATE << 16, *self.key)[here & 3]
            low, *words = philox(here, 0, self.step, EVENT << 16, *self.key)
            total = sum(rate.values())
            u, odds = (first + (low + 0.5) / 2**32) / 2**32, 1.0 - exp(-total * day)
            if u >= odds:
                continue
            u *= total / odds
            if u < rate["death"]:
                dying.append(at)
            elif (target := self.choice(at, tuple(words))) is not None:
                claims.setdefault(target, []).append((at, u < rate["death"] + rate["birth"]))
        for at in dying:
            del self.cells[at]
        self.settle(claims, become, (self.step + 1) * day)
        self.events[1] += len(dying)
        self.step += 1

    def settle(self, claims: dict[Place, list[tuple[Place, bool]]], become: list[list[float]], day: float) -> None:
        """The largest hash wins; mutants found clones in the order of their places."""
        salt = mixed(self.key[0] << 32 | self.key[1]) ^ (self.step << 32)
        fresh = []
        for target, rivals in claims.items():
            source, divides = max(rivals, key=lambda rival: mixed(salt ^ self.index(rival[0])))
            self.cells[target] = self.cells[source]
            self.events[0 if divides else 2] += 1
            if not divides:
                del self.cells[source]
                continue
            w0, w1, _, _ = philox(self.index(target), 0, self.step, DAUGHTER << 16, *self.key)
            left = unit(w1 << 32 | w0)
            for genotype, odds in enumerate(become[self.clones[self.cells[target] - 1][1]]):
                if 0.0 <= left < odds:
                    fresh.append((self.index(target), target, genotype))
                left -= odds
        for here, target, genotype in sorted(fresh):
            self.clones.append((self.cells[target] - 1, genotype, day, here))
            self.cells[target] = len(self.clones)


def beside(at: Place, way: Place) -> Place:
    """The place a way on."""
    return at[0] + way[0], at[1] + way[1], at[2] + way[2]
