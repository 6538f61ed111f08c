"""Decides. Pure rules and the words they use: no I/O, no clock of its own, standard library only."""
