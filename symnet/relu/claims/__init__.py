"""What can be claimed of a network, read as trees that a certificate can hold."""
