"""Shopify: webhooks in, facts out; and everything that asks a shop by GraphQL.

source.py     what the pipeline sees (ports.Source)
verify.py     signatures and headers
address.py    the names of a shop
parse.py      topic -> function; customers, checkouts, orders, refunds, parse_products in files of those names
fields.py     typed reading of JSON values, money.py of amounts
install.py    reads the shop with the merchant's credentials

graphql.py    asks a shop; queries.py and queries/ hold the questions, pace.py the waiting, versions.py the version
answers.py    what Shopify's answers mean, each trouble with its cure
tokens.py     what opens a shop's API: permanent, bought for a day, renewed by the hour; scopes.py what it must open
history.py    all records of a kind by a bulk operation (bulk_result.py its lines); changes.py what changed, by pages
read_*.py     the records we read ourselves, brought to the shape of webhooks by graphql_shape.py; searching.py
truth.py      the look at the shop's own records before a reminder; diagnosis.py the lines of `connectors test`
oauth.py      one-click connection; signed_query.py  what Shopify signs in addresses; privacy.py  compliance webhooks
"""

from collector.sources.shopify.source import ShopifySource

__all__ = ["ShopifySource"]
