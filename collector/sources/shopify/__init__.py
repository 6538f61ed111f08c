"""Shopify: webhooks in, facts out; and the one read call that connects a shop.

source.py     what the pipeline sees (ports.Source)
verify.py     signatures and headers
address.py    the names of a shop
parse.py      topic -> function; customers, checkouts, orders, refunds, parse_products in files of those names
fields.py     typed reading of JSON values, money.py of amounts
install.py    reads the shop with the merchant's credentials
"""

from collector.sources.shopify.source import ShopifySource

__all__ = ["ShopifySource"]
