"""Level and seed of the chance tests, and the refusal of more tests than the budget has shares."""

from __future__ import annotations

import pytest

from tests.chance.budget import LEVEL, SHARES, base_seed, is_chance_test, seed_of


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a collection in which more tests of chance stand than the budget was cut for."""
    found = sum(is_chance_test(getattr(item, "function", None)) for item in items)
    if found > SHARES:
        raise pytest.UsageError(f"{found} tests of chance, but a budget in {SHARES} parts. Raise SHARES in tests/chance/budget.py.")


@pytest.fixture
def level() -> float:
    """The p-value below which a test of chance fails."""
    return LEVEL


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The test's own seed; a failure shows the seed of the suite, so that it can be run again."""
    print(f"REFUGIA_CHANCE_SEED={base_seed()}")
    return seed_of(request.node.name)
