"""Trees of clones in plain Python: messages, draws of nested shares, and the walk over trees, each from its definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, log

Message = list[float]


@dataclass
class Tree:
    """Likelihoods (node, column, step) of shares, weights of a part (step), and the parent of each node, none for the root."""

    like: list[list[Message]]
    part: Message
    parents: list[int | None]
    columns: int = field(init=False)

    def __post_init__(self) -> None:
        self.columns = len(self.like[0])

    @property
    def steps(self) -> int:
        return len(self.part) - 1

    def children(self, v: int) -> list[int]:
        return [c for c in range(1, len(self.parents)) if self.parents[c] == v]

    def message(self, v: int, s: int) -> Message:
        """f_v(i) = L_v(i) (h * f_c1 * f_c2 * ...)(i)."""
        held = self.part
        for c in self.children(v):
            held = convolved(held, self.message(c, s))
        return held if v == 0 else [a * b for a, b in zip(self.like[v][s], held, strict=True)]

    def likelihood(self) -> float:
        """The log likelihood of what hangs on the root."""
        return sum(log(self.message(0, s)[self.steps]) for s in range(self.columns))

    def score(self, further: float) -> float:
        """With the log prior of every child of the root beyond the first."""
        return self.likelihood() + further * max(len(self.children(0)) - 1, 0)


def convolved(one: Message, other: Message) -> Message:
    """The first steps of a convolution."""
    return [sum(one[j] * other[i - j] for j in range(i + 1)) for i in range(len(one))]


def unfolded(tree: Tree, chance: list[list[float]]) -> list[list[int]]:
    """One draw of the shares (node, column) from uniforms (node, column): a child's share given what is left, then the next's."""
    shares = [[tree.steps] * tree.columns for _ in tree.parents]
    waiting = [0]
    while waiting:
        v = waiting.pop(0)
        children = tree.children(v)
        waiting += children
        for s in range(tree.columns):
            left = shares[v][s]
            for number, c in enumerate(children):
                rest = tree.part
                for later in children[number + 1 :]:
                    rest = convolved(rest, tree.message(later, s))
                mine = tree.message(c, s)
                weights = [mine[x] * rest[left - x] for x in range(left + 1)]
                shares[c][s] = drawn(weights, chance[c][s])
                left -= shares[c][s]
    return shares


def drawn(weights: list[float], uniform: float) -> int:
    """The first index whose cumulative weight reaches a uniform."""
    goal, total = uniform * sum(weights), 0.0
    for index, weight in enumerate(weights):
        total += weight
        if weight > 0.0 and total >= goal:
            return index
    return len(weights) - 1


def below(tree: Tree, u: int, v: int) -> bool:
    """Whether u is v or lies below it."""
    here: int | None = u
    while here is not None and here > 0:
        if here == v:
            return True
        here = tree.parents[here]
    return False


def regrafted(tree: Tree, v: int, law: tuple[float, float], uniform: float, met: dict[tuple[int, ...], float]) -> float:
    """Take v off and graft it in proportion to the posterior; all that it might have become are met with their chances."""
    allowed = [p for p in range(len(tree.parents)) if not below(tree, p, v)]
    scores = []
    for p in allowed:
        tree.parents[v] = p
        scores.append(tree.score(law[0]))
    weights = [exp(law[1] * (score - max(scores))) for score in scores]
    for p, weight in zip(allowed, weights, strict=True):
        if weight / sum(weights) > 1e-4:
            tree.parents[v] = p
            name = tuple(parent or 0 for parent in tree.parents[1:])
            met[name] = met.get(name, 0.0) + weight / sum(weights)
    chosen = drawn(weights, uniform)
    tree.parents[v] = allowed[chosen]
    return scores[chosen]


def exchanged(tree: Tree, u: int, v: int, law: tuple[float, float], uniform: float, score: float) -> float:
    """Two nodes change places, by Metropolis."""
    before = list(tree.parents)
    new = {u: v, v: u}
    renamed = [None if p is None else new.get(p, p) for p in before]
    for w, parent in enumerate(renamed):
        tree.parents[new.get(w, w)] = parent
    value = tree.score(law[0])
    if log(uniform) < law[1] * (value - score):
        return value
    tree.parents[:] = before
    return score


def walked(tree: Tree, law: tuple[float, float], chance: list[list[float]], met: dict[tuple[int, ...], float]) -> float:
    """Sweeps over all nodes: each is grafted anew, then changes places with its parent or with any other."""
    nodes, score = len(tree.parents), tree.score(law[0])
    for row in chance:
        for v in range(1, nodes):
            draws = row[5 * v - 5 : 5 * v]
            score = regrafted(tree, v, law, draws[0], met)
            u = tree.parents[v] if draws[1] < 0.5 else 1 + int(draws[2] * (nodes - 1))
            if u is not None and u > 0 and u != v:
                score = exchanged(tree, u, v, law, draws[3], score)
    return score
