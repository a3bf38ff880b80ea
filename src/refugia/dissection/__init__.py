"""Why it failed: mechanisms lifted alone and together under common chance, and the share of each."""
