"""How good a model is on public benchmarks, beside a baseline that needs no model; for choosing one on figures."""
