"""What can be seen of a body: readings of scans and tissue, forward only."""

from refugia.biopsy.imaging import SumOfDiameters, diameter, reading, share_of, volume

__all__ = ["SumOfDiameters", "diameter", "reading", "share_of", "volume"]
