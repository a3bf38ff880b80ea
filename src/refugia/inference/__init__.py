"""What must have been: from reads to clones, their tree and their way from site to site."""
