"""Pure functions from value to value: no clock, no randomness, no print; siblings never import each other."""
