"""WooCommerce shops on this machine, for tests: REST v3 in front of records made up from their numbers, and webhooks.

server.py       a host with one site or a network of them on a port; `network_open` is where tests begin
site.py         one site: its records, keys, webhooks, life; what is particular about its host
routes.py       which address answers what: listing.py (paging, order, filters), fields.py, batch.py, reports.py
access.py       keys and what they may do; oauth.py verifies OAuth 1.0a by WooCommerce's rules
people.py       users of WordPress with application passwords; xmlrpc.py lists the sites of one
troubles.py     what can go wrong between the client and WooCommerce: pages, firewalls, notices, slowness
numbers.py      how many records there are and what binds them
records of a kind: kind.py, and customers, orders, products, coupons in files of those names
life.py         what happens in the shop; webhooks.py, deliveries.py tell of it, as unreliably as the real ones

What it does follows a live WooCommerce 10.5.0 (samples/ are answers of that shop) and, for networks, WordPress
7.2 with WooCommerce 11.0. A parameter it has no answer for is a gap: the request fails and `Site.check()` names it.
"""
