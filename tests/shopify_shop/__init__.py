"""A Shopify shop on this machine, for tests: its API in front of records made up from their numbers.

server.py       the shop on a port, and what can go wrong; `shop_open` is where tests begin
answering.py    one GraphQL request: the real schema (schema.py), cost, scopes, execution
  cost.py bucket.py reach.py roots.py reading.py rows.py search.py versions.py
bulk.py         bulk operations; walking.py writes their lines, bulk_rules.py refuses what Shopify refuses
shop.py         the records: kinds.py, and customers, orders, products, checkouts in files of those names
numbers.py      how many records there are and what binds them
life.py         what happens in the shop; rest_bodies.py, deliveries.py, subscriptions.py, topics.py tell of it
access.py       tokens of every kind, scopes, signatures

A field or a search it has no answer for is a gap: the request fails and `ShopifyShop.check()` names it.
"""
