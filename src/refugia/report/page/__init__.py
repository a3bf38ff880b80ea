"""The report as one self-contained page: what stands in it, and how it is written."""
