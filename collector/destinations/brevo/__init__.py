"""Brevo: how our messages become its calls, and what its answers mean.

`destination.py` is the way in; `client.py` speaks HTTP, `login.py` gets tokens in place of a key, `answers.py` holds
the table of refusals, `limits.py` the budgets. Contacts, events, commerce, catalogue, lists and confirmations have a
file each, bulk work `imports.py` and `order_batches.py`, what comes back `webhooks.py` and `blocked.py`; `setup.py`
prepares an account.
"""
