"""Settings out of the environment: `TAJO_` + the key's path in capitals joined by `_`, read as YAML.

`BREVO_API_KEY` and `BREVO_API_URL` count for the account, `SHOPIFY_API_KEY/_SECRET` and
`WC_CONSUMER_KEY/_SECRET` for the shop when exactly one of that kind is configured. The environment wins
over the file, a `TAJO_` name over a plain one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from collector.config.declaring import every_setting
from collector.config.document import FromEnvironment, Path_
from collector.config.reading import did_you_mean
from collector.config.settings import Config
from collector.domain.errors import Misuse

PLAIN: Mapping[str, tuple[str, ...]] = {
    "BREVO_API_KEY": ("brevo", "api_key"),
    "BREVO_API_URL": ("brevo", "api_url"),
    "SHOPIFY_API_KEY": ("connectors", "shopify", "api_key"),
    "SHOPIFY_API_SECRET": ("connectors", "shopify", "api_secret"),
    "WC_CONSUMER_KEY": ("connectors", "woocommerce", "consumer_key"),
    "WC_CONSUMER_SECRET": ("connectors", "woocommerce", "consumer_secret"),
}
# A Kubernetes service called tajo puts these into every container beside it.
_FOREIGN = re.compile(r"TAJO_(SERVICE_(HOST|PORT.*)|PORT(_\d.*)?)")


def variable_of(path: tuple[str, ...]) -> str:
    """('sessions', 'idle') -> TAJO_SESSIONS_IDLE"""
    return "TAJO_" + "_".join(path).upper()


def overlay(tree: dict[str, Any], environment: Mapping[str, str], used_in_file: frozenset[str]) -> Mapping[Path_, str]:
    """Put the environment's values into `tree`; returns path -> variable for what it replaced.

    Raises Misuse for a TAJO_ name that is no setting, unless the file uses it in a `${…}`.
    """
    replaced: dict[Path_, str] = {}
    known = {variable_of(path): (path, one) for path, one in every_setting(Config)}
    # Shorter names first: a variable for a whole group, then those for something inside it.
    for name in sorted((name for name in environment if name.startswith("TAJO_")), key=len):
        if name in known:
            path, one = known[name]
            value = FromEnvironment(environment[name])
            _put(tree, path, value if one.section is None else _group(value, name), name, replaced)
        elif name != "TAJO_CONFIG" and name not in used_in_file and not _FOREIGN.fullmatch(name):
            raise Misuse(f"{name}: no such setting{did_you_mean(name, [*known, 'TAJO_CONFIG'])}")
    for name, path in PLAIN.items():
        if not environment.get(name) or variable_of(path) in environment:
            continue
        if path[0] != "connectors" or _is_single(tree, path[1]):
            _put(tree, path, FromEnvironment(environment[name]), name, replaced)
    return replaced


def _group(text: FromEnvironment, name: str) -> Any:
    try:
        return yaml.safe_load(str(text))
    except yaml.YAMLError as error:
        raise Misuse(f"{name}: broken YAML: {' '.join(str(error).split())}") from None


def _is_single(tree: dict[str, Any], platform: str) -> bool:
    connectors = tree.get("connectors")
    block = connectors.get(platform) if isinstance(connectors, dict) else None
    return isinstance(block, dict) or (isinstance(block, list) and len(block) == 1)


def _put(
    tree: dict[str, Any], path: tuple[str, ...], value: FromEnvironment, name: str, replaced: dict[Path_, str]
) -> None:
    at: dict[str, Any] = tree
    here: list[str | int] = []
    for part in path[:-1]:
        here.append(part)
        below = at.get(part)
        if isinstance(below, bool):
            below = {"enabled": below}  # `products: true` and a variable for something inside it
        elif isinstance(below, list) and len(below) == 1 and isinstance(below[0], dict):
            here.append(0)
            at = below[0]
            continue
        elif isinstance(below, list):
            raise Misuse(f"{name}: {'.'.join(path[:-1])} is a list; set {path[-1]} in the file")
        elif not isinstance(below, dict):
            below = {}
        at[part] = below
        at = below
    at[path[-1]] = value
    replaced[(*here, path[-1])] = name
