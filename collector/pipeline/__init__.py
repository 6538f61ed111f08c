"""Use-cases: what happens at the doors and in the loops. Sees ports, never a vendor, never SQL."""
