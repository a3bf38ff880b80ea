"""A tissue to be looked at: a page with a slice viewer through time, and a moving picture for a talk."""
