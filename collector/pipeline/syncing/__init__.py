"""Reading a shop's own records: all of them when asked, and every few hours what its webhooks missed.

reading.py    a run by hand, step by step, into the history lane; goes on where an earlier one ended
changed.py    the steps of a run that reads only what changed
gone.py       products that went without a word
reconcile.py  the job that finds what webhooks missed
status.py     how a shop stands: connected, read until when, how much of it is here
"""
