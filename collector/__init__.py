"""Tajo Collector: tells Brevo who looks at what, what lies in whose cart, and who ordered.

The way of the data:

1. A browser sends a beacon, a shop sends a webhook. `web` reads it, `pipeline.accept` judges it.
2. The raw row is committed to the inbox, a SQLite file of its own; only then comes the answer.
3. The worker reads the inbox in order per shop: `sources.<platform>.parse` turns a row into facts.
4. `pipeline.fold` applies each fact once: visitors, sessions, people, carts, orders (`domain` decides how).
5. A row that is not understood goes to quarantine with its reason and can be replayed.
6. Each row that may lead to a message stores its own deadline; nothing is scanned for.
7. `storage` keeps all of it; `bootstrap` puts the parts together; `cli` is the merchant's door.
"""
