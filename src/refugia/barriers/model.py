"""The breeding grounds: vessels, pressure, matrix, oxygen and acid between the blood and the cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from refugia.terms import Mechanism, Number, number


@dataclass(frozen=True, slots=True)
class Perfusion:
    """The share of vessels that carry blood, by depth: solid stress compresses those in the core.

    f(x) = open / (1 + (S/stress_half)^steepness) with S = (1 - x^2) R/(R + stress_length), x = r/R.
    """

    open: Number = number("")  # perfused share without stress, -
    stress_half: Number = number("")  # stress at which half of it is lost, -
    steepness: Number = number("")
    stress_length: Number = number("mm")  # radius at which the centre reaches half its largest stress

    def lifted(self) -> Perfusion:
        """Every vessel carries blood at every depth."""
        return replace(self, open=1.0, stress_half=inf)


@dataclass(frozen=True, slots=True)
class Pore:
    """A class of pores of one radius, and the share of the vessel wall that is open through them."""

    radius: Number = number("nm")
    area: Number = number("")


@dataclass(frozen=True, slots=True)
class Pores:
    """Water-filled pores through the vessel wall, in classes: what passes them follows from its radius (`barriers.pores`)."""

    classes: tuple[Pore, ...]
    wall: Number = number("mm")  # thickness
    viscosity: Number = number("mmHg*day")  # of the fluid in the pores
    thermal: Number = number("mmHg*mm**3")  # Boltzmann's constant times temperature


@dataclass(frozen=True, slots=True)
class Vessels:
    """The exchange surface and the fluid it leaks: Baxter and Jain 1989."""

    surface: Number = number("1/mm")  # vessel surface per tissue volume, S/V
    conductivity: Number | Pores = number("mm/mmHg/day")  # hydraulic, of the vessel wall, Lp; or the pores that make it
    pressure: Number = number("mmHg")  # in the vessels
    reflection: Number = number("")  # osmotic, -
    osmotic_blood: Number = number("mmHg")
    osmotic_tissue: Number = number("mmHg")


@dataclass(frozen=True, slots=True)
class Matrix:
    """Collagen that hinders diffusion, and the hydraulic conductivity of the tissue."""

    collagen: Number = number("")  # volume fraction, -
    fibre: Number = number("nm")  # fibre radius
    tortuosity: Number = number("")
    hydraulic: Number = number("mm**2/mmHg/day")  # hydraulic conductivity of the tissue, K

    def lifted(self) -> Matrix:
        """The drug diffuses as in water: no fibres, no detours."""
        return replace(self, collagen=0.0, tortuosity=1.0)


@dataclass(frozen=True, slots=True)
class Oxygen:
    """Oxygen: vessels supply it, cells consume it (Michaelis-Menten)."""

    diffusivity: Number = number("mm**2/day")
    consumption: Number = number("mmHg/day")  # of living tissue, at plenty
    half: Number = number("mmHg")  # Michaelis constant
    vessel: Number = number("mmHg")
    exchange: Number = number("1/day")  # vessel wall conductance where every vessel is perfused


@dataclass(frozen=True, slots=True)
class Acid:
    """Extracellular pH falls from rim to core with the perfused share."""

    rim: Number = number("")
    core: Number = number("")
    blood: Number = number("")

    def lifted(self) -> Acid:
        """The drug meets the pH of blood everywhere."""
        return replace(self, rim=self.blood, core=self.blood)


@dataclass(frozen=True, slots=True)
class Solute:
    """How a drug leaves the vessel, moves through tissue and is lost there."""

    drug: str
    radius: Number = number("nm")
    diffusivity: Number = number("mm**2/day")  # in matrix-free tissue fluid
    permeability: Number | Pores = number("mm/day")  # of the vessel wall; or the pores that make it
    reflection: Number | Pores = number("")  # filtration reflection coefficient, -; likewise
    sink: Number = number("1/day")  # binding, metabolism and lymph of the tissue


@dataclass(frozen=True, slots=True)
class Slow:
    """A drug that reaches no steady state between doses: it binds slowly in nuclei, and a carrier may bring and release it.

    A drug given free has a carrier too, of which the plasma holds none.
    """

    drug: Solute  # set free; its sink is what is lost of the unbound drug
    carrier: Solute  # the particle; its sink is what is lost of it with its load
    carried: bool  # whether the plasma holds the carrier, or the unbound drug
    room: Number = number("")  # share of the tissue volume in which the carrier moves
    release: Number = number("1/day")
    binding: Number = number("1/day")  # to nuclei
    unbinding: Number = number("1/day")


@dataclass(frozen=True, slots=True)
class Angiogenesis:
    """New vessels: a signal of cells short of oxygen draws sprouts out of vessels around the tumour (Anderson and Chaplain 1998).

    The signal is told in a unit of its own, in which the numbers below hold; so is the matrix that sprouts cling to, fibronectin.
    """

    resident: Number = number("")  # vessels that were in the tumour before, over those of the description, -
    parents: Number = number("mm")  # distance between the places around the tumour from which sprouts come
    apart: Number = number("mm")  # distance between new vessels that lie abreast
    radius: Number = number("mm")  # of a new vessel
    signal_diffusivity: Number = number("mm**2/day")
    signal_decay: Number = number("1/day")
    secretion: Number = number("1/day")  # of the signal by living tissue without oxygen
    hypoxia_half: Number = number("mmHg")  # oxygen at which half as much is secreted
    motility: Number = number("mm**2/day")  # random, D
    chemotaxis: Number = number("mm**2/day")  # chi0, over the unit of the signal
    saturation: Number = number("")  # alpha: chi = chi0 / (1 + alpha c)
    haptotaxis: Number = number("mm**2/day")  # rho, over the unit of the matrix
    matrix: Number = number("")  # at the parent vessels on day 0
    matrix_reach: Number = number("mm")  # distance from them in which it falls to 1/e
    matrix_made: Number = number("1/day")  # by a tip, beta
    matrix_lost: Number = number("1/day")  # to a tip, gamma
    uptake: Number = number("1/day")  # of the signal by a tip, eta
    branching: Number = number("1/day")  # of a tip that is drowned in signal
    branching_half: Number = number("")  # signal at which it branches half as often
    maturity: Number = number("day")  # until a tip may branch
    pruning: Number = number("1/day")  # of a vessel that stress has closed, or that neither blood nor signal keeps
    survival: Number = number("")  # signal at which a vessel without blood is pruned half as often


@dataclass(frozen=True, slots=True)
class Microenvironment:
    """Unit 2, the breeding ground of one site. Oxygen has a perfusion of its own, so that lifting delivery feeds no tumour."""

    vessels: Vessels
    oxygen_perfusion: Perfusion
    drug_perfusion: Perfusion
    matrix: Matrix
    oxygen: Oxygen
    acid: Acid
    solutes: tuple[Solute, ...]
    surface_pressure: Number = number("mmHg")
    pressureless: bool = False  # True once interstitial pressure no longer opposes the entry of drug
    slow: tuple[Slow, ...] = ()  # drugs that reach no steady state between doses, by the names of their solutes
    angiogenesis: Angiogenesis | None = None  # of a site in voxels

    def without_compression(self) -> Microenvironment:
        """Every vessel carries blood and its drug; oxygen keeps the unlifted perfusion, pressure stays that of the fluid."""
        return replace(self, drug_perfusion=self.drug_perfusion.lifted())

    def without_pressure(self) -> Microenvironment:
        """Drug enters as though no pressure opposed it, where that brings in more; fluid keeps its flow, oxygen is as before."""
        return replace(self, pressureless=True)

    def without_perfusion(self) -> Microenvironment:
        """Both: every vessel delivers drug and no interstitial pressure opposes its entry."""
        return self.without_compression().without_pressure()

    def without_matrix(self) -> Microenvironment:
        """The drug diffuses as in water; fluid keeps the unlifted conductivity."""
        return replace(self, matrix=self.matrix.lifted())

    def without_acid(self) -> Microenvironment:
        """The drug acts as at the pH of blood; growth keeps the unlifted oxygen."""
        return replace(self, acid=self.acid.lifted())


MECHANISMS = (
    Mechanism("perfusion and pressure", "ground",
              "every vessel delivers drug and no interstitial pressure opposes its entry; flow of fluid and oxygen as before",
              Microenvironment.without_perfusion, joins=("perfusion", "pressure")),
    Mechanism("perfusion", "ground", "every vessel carries blood and delivers drug; oxygen as before",
              Microenvironment.without_compression),
    Mechanism("pressure", "ground",
              "drug enters as if no interstitial pressure opposed it, where that brings in more; flow of fluid as before",
              Microenvironment.without_pressure),
    Mechanism("matrix", "ground", "the drug diffuses as in water; oxygen and fluid as before", Microenvironment.without_matrix),
    Mechanism("oxygen and acid", "ground", "the drug acts as at the pH of blood; growth as before", Microenvironment.without_acid),
)  # fmt: skip
