"""The budget itself: every level is the same share, whatever was selected, and the seed obeys its variable."""

from __future__ import annotations

import re

import pytest

from tests.chance.budget import LEVEL, SHARES, TOTAL, base_seed, chance, joint, seed_of


def test_the_shares_add_up_to_the_budget(level):
    """The level a test gets is its share."""
    assert level == LEVEL == pytest.approx(TOTAL / SHARES)
    assert TOTAL == 1e-6


def test_a_chance_test_takes_level_and_seed():
    """The decorator refuses another one."""
    with pytest.raises(TypeError, match="does not take seed"):

        @chance
        def test_without_seed(level): ...


def test_the_seed_obeys_its_variable(monkeypatch):
    """A number, the day, or a fixed default; each test has its own."""
    monkeypatch.setenv("REFUGIA_CHANCE_SEED", "12")
    assert base_seed() == 12
    twelve = seed_of("one")
    assert twelve != seed_of("two")
    monkeypatch.setenv("REFUGIA_CHANCE_SEED", "today")
    assert re.fullmatch(r"20\d{6}", str(base_seed()))
    monkeypatch.delenv("REFUGIA_CHANCE_SEED")
    assert seed_of("one") != twelve
    with pytest.raises(ValueError, match="neither a whole number nor the word today"):
        base_seed("tomorrow")


def test_joint_is_bonferroni():
    """As many times the smallest, never above 1."""
    assert joint(0.5, 0.01, 0.9) == pytest.approx(0.03)
    assert joint(0.9, 0.8) == 1.0
