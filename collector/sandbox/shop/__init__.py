"""A small tea shop that behaves like a WooCommerce shop, on this machine only.

Pages as a classic theme prints them, the Store API, REST API v3 behind OAuth 1.0a, signed webhooks. Everything
lives in memory and is gone when the shop stops. `python -m collector.sandbox.shop --port 8001` runs it.
"""
