"""What other tools and papers print for the same network, and why."""
