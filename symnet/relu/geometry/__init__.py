"""Polyhedra in exact numbers: linear programs, subspaces, cones and their cuts."""
