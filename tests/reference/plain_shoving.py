"""Births that shove once more in plain Python: a dictionary of what lies where, turns in the order of hashes."""

from __future__ import annotations

from itertools import product

from tests.reference.plain_chance import philox, unit
from tests.reference.plain_lattice import DAUGHTER, EVENT, Place, beside, mixed

FOUND = 5


def shoved(
    held: dict[Place, int], turns: list[Place], shape: Place, key: tuple[int, int], step: int, become: list[list[float]],
    genotype: list[int], words: list[int], double: list[bool],
) -> list[tuple[int, int, int, int]]:  # fmt: skip
    """Carry the births of the cells at `turns` out on `held` (clone from 1 on, -1 wall, -2 matter); the mutants found, in order."""

    def index(at: Place) -> int:
        return (at[0] * shape[1] + at[1]) * shape[2] + at[2]

    free = [(-1, 0, 1) if count > 1 else (0,) for count in shape]
    ways = [way for way in product(*free) if any(way)]
    salt = mixed(key[0] << 32 | key[1]) ^ (step << 32)
    order = sorted(turns, key=lambda at: mixed(salt ^ index(at)))
    where = {index(at): at for at in order}
    found, clones = [], len(words)
    for first in [index(at) for at in order]:
        at = where.pop(first)
        start = philox(first, 0, step, EVENT << 16, *key)[1] * len(ways) >> 32
        lines = []
        for turn in range(len(ways)):
            way, line = ways[(start + turn) % len(ways)], [at]
            while line[-1] == at or line[-1] in held:
                line.append(beside(line[-1], way))
                if not all(0 <= one < count for one, count in zip(line[-1], shape, strict=True)) or held.get(line[-1]) == -1:
                    break
            else:
                far = (len(line) - 1) ** 2 * sum(one * one for one in way)
                lines.append((far, turn, line))
        if not lines:
            continue
        line = min(lines)[2]
        for target, source in zip(line[:1:-1], line[-2:0:-1], strict=True):
            held[target] = held[source]
            where = {who: target if here == source else here for who, here in where.items()}
        mother = held[at]
        held[line[1]] = mother
        w0, w1, _, _ = philox(first, 0, step, DAUGHTER << 16, *key)
        left = unit(w1 << 32 | w0)
        for child, odds in enumerate(become[genotype[mother - 1]]):
            if 0.0 <= left < odds:
                word = philox(first, words[mother - 1], step, FOUND << 16, *key)[0]
                found.append((mother - 1, child, index(line[1]), word))
                held[line[1]] = clones + 1
                clones += 1 + double[child]
            left -= odds
    return found
