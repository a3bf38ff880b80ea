"""Level and seed of the chance tests, and the refusal of more tests than the budget has shares."""

from __future__ import annotations

import pytest

from tests.chance.budget import LEVEL, SHARES, base_seed, is_chance_test, seed_of


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a collection in which more tests of chance stand than the budget was cut for."""
    found = sum(is_chance_test(getattr(item, "function", None)) for item in items)
    if found > SHARES:
        raise pytest.UsageError(f"{found} tests of chance share a budget cut into {SHARES} parts. Raise SHARES in tests/chance/budget.py.")


def pytest_report_header() -> str:
    """Print the seed, so that a failure of the day can be run again."""
    return f"chance: REFUGIA_CHANCE_SEED={base_seed()}, level {LEVEL:.1e}"


@pytest.fixture
def level() -> float:
    """The p-value below which a test of chance fails."""
    return LEVEL


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The test's own seed."""
    return seed_of(request.node.name)
