"""Cells on voxels as sparse rows of (place, clone, count): birth, death, mutation, switching, migration, flow."""
