"""Brevo: how our messages become its calls, and what its answers mean.

`destination.py` is the way in; `client.py` speaks HTTP, `answers.py` holds the table of refusals, `limits.py` the
budgets; contacts, events, commerce and lists have a file each; `setup.py` prepares an account.
"""
