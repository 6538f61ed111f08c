"""What a merchant pastes into the shop, filled in.

Templates lie in `theme_snippets/<platform>/`. They use `[[ … ]]`, because Liquid uses braces itself.
"""

from __future__ import annotations

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from collector.bootstrap import shipped
from collector.domain.shop import Shop

# Platform -> (template, where it goes).
SNIPPETS = {
    "shopify": ("tracker.liquid", "Online Store > Themes > … > Edit code > layout/theme.liquid, before </head>"),
    "woocommerce": ("functions-snippet.php", "the child theme's functions.php, at its end"),
}


def snippet(shop: Shop, base_url: str, path: str = "/c") -> tuple[str, str]:
    """(where it goes, what to paste)."""
    template, place = SNIPPETS[shop.platform]
    pages = Environment(
        loader=FileSystemLoader(shipped("theme_snippets", shop.platform)),
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Liquid and PHP; the values hold no character that means anything there
    )
    values = {"base_url": base_url, "path": path}
    values |= {"site_key": shop.site_key, "identity_key": shop.secrets.identity[-1]}
    return place, pages.get_template(template).render(values)
