"""Two SQLite files: the state (`tajo.db`) and the inbox beside it (`tajo.inbox.db`).

No transaction spans both. The doors append to the inbox; the fold reads it by row id and keeps its cursors in
the state, in the transaction that holds what it made of the rows. One file per thing; statements with a name
stand in `queries/`.
"""
