"""Fields on a grid of voxels: transient diffusion, steady states, convection. Arrays in, arrays out."""
