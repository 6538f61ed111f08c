"""What a merchant pastes into the shop, filled in.

Templates lie in `theme_snippets/<platform>/`. They use `[[ … ]]`, because Liquid uses braces itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from collector.bootstrap.parts import shipped
from collector.domain.errors import Misuse
from collector.domain.shop import Shop

# Platform -> (template, where it goes).
SNIPPETS: Mapping[str, tuple[str, str]] = {
    "shopify": ("tracker.liquid", "Online Store > Themes > … > Edit code > layout/theme.liquid, before </head>"),
    "woocommerce": ("functions-snippet.php", "the child theme's functions.php, at its end"),
}
# For the pages of the checkout, where the theme has no say.
CHECKOUT_SNIPPETS: Mapping[str, tuple[str, str]] = {
    "shopify": ("custom-pixel.js", "Settings > Customer events > Add custom pixel; then Save, then Connect"),
}


def snippet(shop: Shop, base_url: str, path: str = "/c") -> tuple[str, str]:
    """(where it goes, what to paste)."""
    return _filled_in(*SNIPPETS[shop.platform], shop, base_url, path)


def checkout_snippet(shop: Shop, base_url: str, path: str = "/c") -> tuple[str, str]:
    """The same for the checkout. Raises Misuse where there is no such thing."""
    if shop.platform not in CHECKOUT_SNIPPETS:
        raise Misuse(f"{shop.platform} needs nothing of its own in the checkout: `tajo snippet` is all there is")
    return _filled_in(*CHECKOUT_SNIPPETS[shop.platform], shop, base_url, path)


def _filled_in(template: str, place: str, shop: Shop, base_url: str, path: str) -> tuple[str, str]:
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
