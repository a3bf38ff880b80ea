"""Spheroids whose inner radii were measured: the law of diffusion fitted to early days, and forecasts of later ones."""
