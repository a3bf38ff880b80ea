"""What we do: drugs, kinetics, effect and the plan."""

from refugia.treatment.model import Curve, Drug, Kinetics, Regimen, Route

__all__ = ["Curve", "Drug", "Kinetics", "Regimen", "Route"]
