"""Where a network is affine: the cells of its units, merged to regions and closed forms."""
