"""What a merchant pastes into the shop, filled in.

Templates lie in `theme_snippets/<platform>/`. They use `[[ … ]]`, because Liquid uses braces itself.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

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
FILLED_IN = "const FILLED_IN = [\n"
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


def plugin(shops: Sequence[Shop], base_url: str, path: str = "/c") -> tuple[str, str]:
    """(where it goes, the plugin with the values of these shops in it): of one, or of a network's sites.

    Raises Misuse where there is none.
    """
    for shop in shops:
        if shop.platform not in PLUGINS:
            raise Misuse(f"{shop.platform} has no plugin: `tajo snippet` prints what there is to paste")
    name, place = PLUGINS[shops[0].platform]
    text = shipped("theme_snippets", shops[0].platform).joinpath(name).read_text(encoding="utf-8")
    head, mark, rest = text.partition(FILLED_IN)  # the file also works as it is, with nothing in it
    assert mark, f"{name} has no place for values"
    return place, head + mark + "".join(_entry(shop, base_url, path) for shop in shops) + rest


def _entry(shop: Shop, base_url: str, path: str) -> str:
    values = {"url": base_url, "path": path, "site_key": shop.site_key, "identity_key": shop.secrets.identity[-1]}
    lines = [f"                {_php(name)} => {_php(value)},\n" for name, value in values.items()]
    return f"            {_php(shop.address)} => [\n{''.join(lines)}            ],\n"


def plugin_archive(platform: str, text: str) -> bytes:
    """The .zip that WordPress installs from."""
    name = PLUGINS[platform][0]
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
