"""What sites differ in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Habits:
    """`dies_above`: records on a page that PHP has memory for; 0: any number. `has_order_tables`: HPOS.
    `takes_verbs`: whether the web server lets more through than GET and POST."""

    has_order_tables: bool = True
    rest_prefix: str = "wp-json"
    has_plain_permalinks: bool = False
    adds_slashes: bool = False  # to pages that are not there: every page reaches WordPress (nginx's try_files)
    has_woocommerce: bool = True
    dies_above: int = 0
    is_multisite: bool = False
    takes_verbs: bool = True
    version: str = "10.5.0"
