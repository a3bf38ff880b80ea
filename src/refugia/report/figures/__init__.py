"""One figure a file, each a pure function from results to a Plotly figure, with its sentence and its table."""
