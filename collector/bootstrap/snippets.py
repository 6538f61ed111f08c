"""What a merchant pastes into the shop, filled in.

Templates lie in `theme_snippets/<platform>/`. They use `[[ … ]]`, because Liquid uses braces itself.
"""

from __future__ import annotations

import io
import zipfile
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


# Platform -> (the plugin's one file, where it goes).
PLUGINS: Mapping[str, tuple[str, str]] = {
    "woocommerce": ("tajo-collector.php", "wp-content/mu-plugins/, or as a .zip under Plugins > Add New > Upload"),
}
# A .zip says the same at any time.
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def snippet(shop: Shop, base_url: str, path: str = "/c") -> tuple[str, str]:
    """(where it goes, what to paste)."""
    return _filled_in(*SNIPPETS[shop.platform], shop, base_url, path)


def checkout_snippet(shop: Shop, base_url: str, path: str = "/c") -> tuple[str, str]:
    """The same for the checkout. Raises Misuse where there is no such thing."""
    if shop.platform not in CHECKOUT_SNIPPETS:
        raise Misuse(f"{shop.platform} needs nothing of its own in the checkout: `tajo snippet` is all there is")
    return _filled_in(*CHECKOUT_SNIPPETS[shop.platform], shop, base_url, path)


def plugin(shop: Shop, base_url: str, path: str = "/c") -> tuple[str, str]:
    """(where it goes, the plugin with this shop's values in it). Raises Misuse where there is none."""
    if shop.platform not in PLUGINS:
        raise Misuse(f"{shop.platform} has no plugin: `tajo snippet` prints what there is to paste")
    name, place = PLUGINS[shop.platform]
    text = shipped("theme_snippets", shop.platform).joinpath(name).read_text(encoding="utf-8")
    values = {"url": base_url, "path": path, "site_key": shop.site_key, "identity_key": shop.secrets.identity[-1]}
    head, mark, rest = text.partition("const FILLED_IN = [")
    for key, value in values.items():
        # The file also works as it is, so its places to fill in are empty texts of PHP.
        before, empty, after = rest.partition(f"'{key}' => ''")
        assert empty, f"{name} has no place for {key}"
        rest = f"{before}'{key}' => {_php(value)}{after}"
    return place, head + mark + rest


def plugin_archive(shop: Shop, text: str) -> bytes:
    """The .zip that WordPress installs from."""
    name = PLUGINS[shop.platform][0]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(f"{name.removesuffix('.php')}/{name}", LONG_AGO)
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _php(value: str) -> str:
    """A text of PHP in single quotes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


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
