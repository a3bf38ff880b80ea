"""What stands before therapy, beside what mutation alone would have left."""

from __future__ import annotations

import numpy as np

from refugia.biopsy import volume as volume_of
from refugia.clones.standing import law_share
from refugia.course.case import Case
from refugia.course.exposure import reference_site
from refugia.course.lower import diameters
from refugia.course.patients import Patients


def standing_notes(case: Case) -> list[str]:
    """For each alteration that stands before therapy: its share in the case, and the clone-size law's own prediction of it.

    Both are for the reference site of the median patient (Bozic and Nowak 2014 for the law).
    """
    site = reference_site(case)
    patients = Patients(1, 0, knowledge=False, people=False, chance=False)
    value = patients.at(site.name)
    source = site.source
    cells = volume_of(diameters(site, patients)) * (1.0 - value(source.inert)) * value(source.density)
    survival = value(source.net) / value(source.birth)
    notes = []
    for alteration in source.alterations:
        share, told = float(value(alteration.standing)[0]), "here"
        if source.census is not None and alteration.name in source.census.found:
            carrying = [n for n, clone in enumerate(source.clones) if alteration.name in clone.alterations]
            share, told = float(source.census.picked(value(source.census.lot))[0, carrying].sum()), "by its reads"
        elif source.census is not None and source.census.limit(alteration.name) < share:
            share, told = source.census.limit(alteration.name), "at most, as its reads show none"
        if share > 0.0:
            law = float(np.asarray(law_share(value(alteration.rate), survival, cells))[0])
            said = f"Standing {alteration.name}: {share:.1g} of the cells of the {site.name} {told};"
            notes.append(f"{said} mutation alone would leave {law:.1g}.")
    return notes
