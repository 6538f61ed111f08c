"""WooCommerce: signed webhooks in, facts out; and the first read call with a merchant's keys.

Written against WooCommerce 10.5.0 on WordPress 6.9.1, tolerant of what plugins do to its bodies.
"""
