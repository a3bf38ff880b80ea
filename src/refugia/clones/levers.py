"""Levers on the source: a drug on the machinery of a state, by which it is entered less, left sooner, or spares its cells less."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from refugia.clones.model import Heterogeneity, State, Switch
from refugia.terms import FloatArray, Label, Number, Onset, moved, number

_DRIVEN = ("rate", "effect", "dose", "hypoxia")


@dataclass(frozen=True, slots=True)
class Closure:
    """A way out is closed: an inhibitor of the receptor by which cells bypass a drug, say. A factor of one changes nothing.

    Cells in the state that are spared less feel the other drugs of the plan again: both blocks together silence the pathway.
    """

    unit: ClassVar[str] = "source"
    label: Label
    onset: Onset
    closes: tuple[str, ...]  # states
    entry: Number = number("")  # every rate of entering one, over that without the lever
    exit: Number = number("")  # every rate of leaving one, likewise
    spared: Number = number("")  # the share of an effect that its cells do not feel, likewise

    def applied(self, description: Heterogeneity, strength: FloatArray) -> Heterogeneity:
        """The source with these states closed so far."""
        states = tuple(self._felt(state, strength) if state.name in self.closes else state for state in description.states)
        return replace(description, states=states, switches=tuple(self._driven(one, strength) for one in description.switches))

    def _felt(self, state: State, strength: FloatArray) -> State:
        return replace(state, spared=moved(state.spared, self.spared, strength, 1.0))

    def _driven(self, switch: Switch, strength: FloatArray) -> Switch:
        inside = switch.start in self.closes, switch.end in self.closes
        if inside[0] == inside[1]:
            return switch
        factor = self.entry if inside[1] else self.exit
        given = {name: getattr(switch, name) for name in _DRIVEN}
        changed: dict[str, Any] = {name: moved(old, factor, strength) for name, old in given.items() if old is not None}
        return replace(switch, **changed)
