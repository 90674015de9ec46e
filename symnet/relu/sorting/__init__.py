"""Networks that sort: comparators, their places, and the network found again in its weights."""
