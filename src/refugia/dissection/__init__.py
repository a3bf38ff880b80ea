"""dissection."""
