"""Cells on voxels as sparse rows of (place, clone, count): birth and death, mutation, switching, migration, and flow of the tissue."""
