"""What a formula means: names of the key, shapes, and every meaning that they allow."""
