"""torch modules: as tables of counts, as models, as ReLU networks."""
