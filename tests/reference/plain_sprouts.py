"""Sprouts once more in plain Python: a dictionary of places, tips as small objects, draws from the same addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, exp, expm1
from typing import Any

from tests.reference.plain_chance import pair, philox

WALK, BRANCH, BUD, CLAIM = 20, 21, 22, 23
Place = tuple[int, int, int]
WAYS = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)]


@dataclass
class Tip:
    """A tip, its name and age."""

    at: Place
    origin: Place
    number: int
    word: int
    age: float = 0.0


@dataclass
class Plain:
    """Tips, links (start, end, owner) and who holds which place; fields by place, `law` by name."""

    shape: Place
    spacing: float
    law: Any
    lure: dict[Place, float]
    bed: dict[Place, float]
    branching: dict[Place, float]
    key: tuple[int, int]
    held: dict[Place, int]
    given: int
    step: int = 0
    tips: list[Tip] = field(default_factory=list)
    links: list[tuple[int, int, int]] = field(default_factory=list)

    def index(self, at: Place) -> int:
        """The flat index of a place."""
        return (at[0] * self.shape[1] + at[1]) * self.shape[2] + at[2]

    def rates(self, at: Place) -> dict[Place, float]:
        """Of going to each neighbour that is open: the fields are told where tips may be."""
        law, found = self.law, {}
        for way in WAYS:
            to = (at[0] + way[0], at[1] + way[1], at[2] + way[2])
            if to in self.lure:
                chi = law.pull / (1.0 + law.fading * 0.5 * (self.lure[at] + self.lure[to]))
                drive = chi * (self.lure[to] - self.lure[at]) + law.grip * (self.bed[to] - self.bed[at])
                q = drive / law.spread
                found[to] = (law.spread * (1.0 + 0.5 * q) if abs(q) < 1e-8 else drive / -expm1(-q)) / self.spacing**2
        return found

    def draws(self, tip: Tip, purpose: int) -> tuple[float, float]:
        """The two uniforms of a tip's block."""
        return pair((*self.key, self.index(tip.at), tip.word, self.step, purpose << 16), 0)

    def bud(self, at: Place) -> None:
        """A tip on a root."""
        word = philox(self.index(at), 0, self.step, BUD << 16, *self.key)[0]
        self.tips.append(Tip(at, at, self.given, word))
        self.given += 1

    def advance(self, days: float) -> None:
        """So many steps of equal length as the steepest place asks for."""
        turns = max(1, ceil(days * max(sum(self.rates(at).values()) for at in self.lure) / 0.5 * (1.0 - 1e-9)))
        for _ in range(turns):
            self.turn(days / turns)

    def turn(self, day: float) -> None:
        """One step: everybody decides, then all claims are settled, then fields change."""
        claims: dict[Place, list[tuple[float, int, int]]] = {}
        goes: dict[int, Place | None] = {}
        branches: dict[int, Place] = {}
        for tip in self.tips:
            tip.age += day
            rates = self.rates(tip.at)
            u, v = self.draws(tip, WALK)
            goes[tip.number] = chosen(rates, u * max(1.0 / day, sum(rates.values())))
            if tip.age >= self.law.ripe and v < -expm1(-day * self.branching[tip.at]):
                free = {to: rate for to, rate in rates.items() if to not in self.held}
                where, luck = self.draws(tip, BRANCH)
                to = chosen(free, where * sum(free.values()))
                if to is not None:
                    branches[tip.number] = to
                    claims.setdefault(to, []).append((-luck, tip.number, 1))
            to = goes[tip.number]
            if to is not None and to not in self.held:
                claims.setdefault(to, []).append((-self.draws(tip, CLAIM)[0], tip.number, 0))
        won = {to: min(every)[1:] for to, every in claims.items()}
        self.settle(goes, branches, won)
        for tip in self.tips:
            loss = self.law.lost
            self.bed[tip.at] = self.bed[tip.at] * exp(-loss * day) + self.law.made * -expm1(-loss * day) / loss
            self.lure[tip.at] *= exp(-self.law.taken * day)
        self.step += 1

    def settle(self, goes: dict[int, Place | None], branches: dict[int, Place], won: dict[Place, tuple[int, int]]) -> None:
        """Tips go on, are joined or stay; branches are born."""
        left, before = [], {tip.number: tip.at for tip in self.tips}
        for tip in self.tips:
            to = goes[tip.number]
            if to is None:
                left.append(tip)
                continue
            if won.get(to) == (tip.number, 0):
                self.held[to] = tip.number
            elif self.held.get(to) == tip.number or to == tip.origin:
                tip.at = to
                left.append(tip)
                continue
            self.links.append((self.index(tip.at), self.index(to), tip.number))
            if won.get(to) == (tip.number, 0):
                tip.at = to
                left.append(tip)
        for tip in list(self.tips):
            to = branches.get(tip.number)
            if to is not None and won[to] == (tip.number, 1):
                origin, tip.age = before[tip.number], 0.0
                word = philox(self.index(origin), tip.word, self.step, (BRANCH << 16) + 1, *self.key)[0]
                left.append(Tip(to, origin, self.given, word))
                self.held[to] = self.given
                self.links.append((self.index(origin), self.index(to), self.given))
                self.given += 1
        self.tips = left


def chosen(rates: dict[Place, float], share: float) -> Place | None:
    """The place whose part of the rates holds the share; None beyond all of them."""
    for to, rate in rates.items():
        share -= rate
        if share < 0.0 and rate > 0.0:
            return to
    return None


def reached(links: set[frozenset[int]], frm: set[int], barred: int | None) -> set[int]:
    """The nodes that can be reached from some without one that is barred."""
    found, ahead = set(frm) - {barred}, [node for node in frm if node != barred]
    while ahead:
        here = ahead.pop()
        for link in links:
            if here in link:
                for other in link - {here, barred} - found:
                    found.add(other)
                    ahead.append(other)
    return found


def passed(links: list[tuple[int, int]], roots: list[int]) -> list[bool]:
    """Which links lie on a path between two roots that visits no place twice: no one place cuts both ends off (Menger)."""
    top = -1
    every = {frozenset(link) for link in links} | {frozenset((top, root)) for root in roots}
    nodes = {node for link in every for node in link} - {top}
    answers = []
    for link in links:
        rest = every - {frozenset(link)}
        answers.append(all(top in reached(rest, set(link) - {cut}, cut) for cut in nodes))
    return answers
