"""The coupled run: a batch of worlds through time, and ensembles of patients; the only room that moves the state."""
