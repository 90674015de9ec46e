"""The fewest hidden units of one hidden layer: a theorem, a search, the network and the reason."""
