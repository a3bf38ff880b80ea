"""Whether the states of a case, the ways between them and the clones in them fit together."""

from __future__ import annotations

from collections.abc import Iterable

from refugia.catalog import schema
from refugia.catalog.place import Place, suggestion
from refugia.clones import BASAL

_LAW = ("hypoxia", "hypoxia_half", "steepness")


def check_states(read: schema.CaseFile, place: Place) -> None:
    """Refuses states that are there twice, ways between states that are not there, and clones in them without a basal one."""
    for index, state in enumerate(read.states):
        here = place.at("states").at(index)
        if state.name == BASAL:
            here.at("name").refuse(BASAL, "is the state of a cell that is in no other", "Give the state another name.")
        elif state.name in [other.name for other in read.states[:index]]:
            here.at("name").refuse(state.name, "is there twice", "Give each one a name of its own.")
    ways: list[tuple[str, str]] = []
    for index, switch in enumerate(read.switches):
        place.part(_switch, read, switch, ways, place.at("switches").at(index))
    for index, clone in enumerate(read.clones):
        place.part(_clone, read, clone, place.at("clones").at(index))
    for index, alteration in enumerate(read.alterations):
        _copies(alteration, place.at("alterations").at(index))


def _switch(read: schema.CaseFile, switch: schema.Switch, ways: list[tuple[str, str]], place: Place) -> None:
    """A way between two states that are there, once, by drugs that are there."""
    names = [BASAL, *(state.name for state in read.states)]
    for key, name in (("from", switch.start), ("to", switch.end)):
        _known(name, names, place.at(key), "state")
    if switch.start == switch.end:
        place.at("to").refuse(switch.end, "is where the switch begins", "Name another state.")
    elif (switch.start, switch.end) in ways:
        place.at("to").refuse(switch.end, f'is reached from "{switch.start}" twice', "Keep one of the two.")
    ways.append((switch.start, switch.end))
    for nth, name in enumerate(switch.drugs):
        _known(name, [drug.name for drug in read.drugs], place.at("drugs").at(nth), "drug")
    given = [key for key in _LAW if key in switch.model_fields_set]
    if given and len(given) < len(_LAW):
        missing = next(key for key in _LAW if key not in given)
        place.at(given[0]).refuse(given[0], f'needs "{missing}"', f"Add {missing} = ... there, or leave all three out.")


def _clone(read: schema.CaseFile, clone: schema.Clone, place: Place) -> None:
    """A clone is in a state that is described, in one alone, and its genotype has a basal clone before it."""
    if clone.state == BASAL:
        return
    _known(clone.state, [BASAL, *(state.name for state in read.states)], place.at("state"), "state")
    if clone.tolerant:
        place.at("state").refuse(clone.state, "is a second state of a tolerant clone", "Leave one of the two out.")
    before = read.clones[: read.clones.index(clone)]
    if not any(set(one.alterations) == set(clone.alterations) and one.state == BASAL and not one.tolerant for one in before):
        place.at("state").refuse(clone.state, "is a state of a genotype that is not listed before it", "List that clone first.")


def _copies(alteration: schema.Alteration, place: Place) -> None:
    """Copies of a gene are lost at a rate; a mutation is for good."""
    lost = "loss" in alteration.model_fields_set
    if alteration.kind == "amplification" and not lost:
        place.at("kind").refuse(alteration.kind, 'needs "loss"', "Add loss = ... there, the chance per division to lose it again.")
    elif alteration.kind == "mutation" and lost:
        place.at("loss").refuse("loss", "means nothing to a mutation", 'Leave it out, or write kind = "amplification".')


def _known(name: str, known: Iterable[str], place: Place, kind: str) -> None:
    names = list(known)
    if name not in names:
        place.refuse(name, f"is no {kind} of this case", suggestion(name, names, kind))
