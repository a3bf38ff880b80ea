"""One false-alarm budget for all tests of chance, and the decorator by which a test takes its share.

A correct program fails the whole suite with a probability of at most `TOTAL`. The budget is cut beforehand into `SHARES` equal
parts, so that a test's level depends neither on which tests were selected nor on how they were spread over processes; the
collection is refused when there are more tests than parts (`conftest.py`).
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TypeVar

TOTAL = 1e-6
SHARES = 128
LEVEL = TOTAL / SHARES
SEED = 20_240_229
MARK = "takes_a_share_of_the_budget"

Test = TypeVar("Test", bound=Callable[..., None])


def chance(test: Test) -> Test:
    """Make a function of `level` and `seed` a test of chance: its p-value stays above the level, that of a mutant below.

    Every case of a parametrised test takes a share of its own; a test that looks at several p-values makes them one by `joint`.
    Raises TypeError where the function does not ask for both arguments.

    >>> @chance
    ... def test_a_coin_is_fair(level, seed): ...
    >>> is_chance_test(test_a_coin_is_fair)
    True
    """
    missing = {"level", "seed"} - set(inspect.signature(test).parameters)
    if missing:
        raise TypeError(f"{test.__name__} does not take {' and '.join(sorted(missing))}. Add it.")
    setattr(test, MARK, True)
    return test


def is_chance_test(test: object) -> bool:
    """Whether a function was decorated with `chance`."""
    return bool(getattr(test, MARK, False))


def joint(*pvalues: float) -> float:
    """One p-value for several (Bonferroni): as many times the smallest, at most 1.

    >>> joint(0.2, 0.01)
    0.02
    """
    return min(1.0, len(pvalues) * min(pvalues))


def base_seed(wish: str | None = None) -> int:
    """The seed of the whole suite: fixed, or as REFUGIA_CHANCE_SEED wishes, a whole number or `today` (the day in UTC).

    >>> base_seed("7"), base_seed("")
    (7, 20240229)
    """
    wish = os.environ.get("REFUGIA_CHANCE_SEED", "") if wish is None else wish
    if wish == "today":
        return int(datetime.now(UTC).strftime("%Y%m%d"))
    if not wish:
        return SEED
    if not wish.isdecimal():
        raise ValueError(f'REFUGIA_CHANCE_SEED = "{wish}" is neither a whole number nor the word today. Write one of the two.')
    return int(wish)


def seed_of(name: str) -> int:
    """The 63-bit seed of one test: the base seed and the test's own name, so that no two tests share their luck."""
    return int.from_bytes(blake2b(f"{base_seed()}/{name}".encode(), digest_size=8).digest(), "little") >> 1
