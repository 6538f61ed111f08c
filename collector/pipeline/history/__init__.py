"""What imports made known is told in bulk, quietly: the history lane's way to the destination.

`marking.py` is the fold's side: it marks addresses and orders. `job.py` comes round and takes the next step;
`contacts.py`, `orders.py` and `batches.py` are the steps, `composing.py` says what is told, `planning.py` reckons.
"""
