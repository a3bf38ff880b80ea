"""One cell a place: growth on a lattice of two or three dimensions, clones that arise on it, and rounds in random order."""
