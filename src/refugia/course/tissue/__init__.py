"""A site as tissue: one world of voxels, its fields, its cells as rows, and every clone's history."""
