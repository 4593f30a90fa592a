"""Figure functions: a Run or arrays in, a Plotly figure out; they compute nothing."""
