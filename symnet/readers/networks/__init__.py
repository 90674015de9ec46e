"""What stores ReLU networks, as steps of a dataflow turned into layers."""
