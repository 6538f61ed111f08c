"""How small and fast the tracker, the door and the fold are on this machine: `make bench`, or
`python -m tests.bench --quick`.

Everything runs on 127.0.0.1 in a folder of its own and ends by itself; the scripts of others come from npm, once,
into a cache in the home folder. On a shared machine only the ratios
mean something: what is compared runs in turns, and the median counts. Nothing here passes or fails; each
goal gets a ✓ or a ✗.
"""
