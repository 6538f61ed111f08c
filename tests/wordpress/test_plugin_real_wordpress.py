"""The plugin in Debian's WordPress, no WooCommerce: active, it says what is missing; removed, it leaves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from collector.bootstrap.snippets import plugin
from tests.wordpress.door import SHOP, Door
from tests.wordpress.real_wordpress import RealWordPress, open_wordpress
from tests.wordpress.shop import PAUSE_OVER, PLUGIN

pytestmark = pytest.mark.long
PAGE = "/wp-admin/options-general.php?page=tajo-collector"
NAME = "tajo-collector/tajo-collector.php"


@pytest.fixture(scope="module")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWordPress]:
    with open_wordpress(tmp_path_factory.mktemp("wordpress")) as found:
        yield found


def put(wordpress: RealWordPress, text: str, folder: str = "plugins/tajo-collector") -> Path:
    place = wordpress.folder / "wp-content" / folder
    place.mkdir(parents=True, exist_ok=True)
    file = place / "tajo-collector.php"
    file.write_text(text)
    return file


def nonce(page: str, before: str) -> str:
    found = re.search(f'{before}.*?name="_wpnonce" value="(\\w+)"', page, re.DOTALL)
    assert found, page[-3000:]
    return found[1]


def test_from_activation_to_removal(wordpress: RealWordPress, door: Door) -> None:
    put(wordpress, PLUGIN.read_text(encoding="utf-8"))
    assert wordpress.inside(f"var_dump(activate_plugin('{NAME}'));").strip().endswith("NULL")

    session = wordpress.logged_in()
    page = session.get(wordpress.address + PAGE, timeout=300).text
    assert "Tajo Collector: WooCommerce is missing, so there is nothing to tell." in page
    assert page.count('name="tajo_collector[') == 9
    assert "tajoConfig" not in session.get(wordpress.address, timeout=300).text

    form = {
        "option_page": "tajo-collector",
        "action": "update",
        "_wpnonce": nonce(page, "value='tajo-collector'"),
        "_wp_http_referer": PAGE,
        "tajo_collector[url]": door.address,
        "tajo_collector[site_key]": "site-key-1",
        "tajo_collector[identity_key]": "key-of-the-shop",
    }
    page = session.post(f"{wordpress.address}/wp-admin/options.php", form, timeout=300).text
    assert f'value="{door.address}"' in page
    assert "key-of-the-shop" not in page, "a secret is not shown again"

    press = {"tajo_collector_test": "1", "_wpnonce": nonce(page, '<form method="post">')}
    page = session.post(wordpress.address + PAGE, press, timeout=300).text
    assert "The collector answers." in page
    assert "It knows this shop, and the signature fits." in page

    policy = session.get(f"{wordpress.address}/wp-admin/options-privacy.php?tab=policyguide", timeout=300).text
    assert "tajo_id" in policy
    keys = "implode(',', array_keys(apply_filters('wp_privacy_personal_data_{}', array())))"
    for tool in ("exporters", "erasers"):
        assert "tajo-collector" in wordpress.inside(f"echo {keys.format(tool)};").split(",")

    count = "global $wpdb; echo $wpdb->get_var(\"SELECT COUNT(*) FROM $wpdb->options WHERE option_name LIKE 'tajo%'\");"
    assert wordpress.inside(count) == "1"

    wordpress.inside(f"deactivate_plugins('{NAME}'); uninstall_plugin('{NAME}');")
    assert wordpress.inside(count) == "0"
    assert wordpress.complaints() == []


def test_where_pages_would_wait_wordpress_s_cron_asks_whether_the_collector_is_well(
    wordpress: RealWordPress, door: Door
) -> None:
    """PHP's own server has no call that finishes a page."""
    file = put(wordpress, plugin([SHOP], door.address)[1], "mu-plugins")
    later = f"wp_next_scheduled('{PAUSE_OVER}')"
    failures = "echo TajoCollector\\Pause::read()['failures'];"
    wordpress.inside("update_option('tajo_collector', array('consent' => 'implied'));")
    try:
        assert wordpress.inside(f"TajoCollector\\Pause::begin('it slept', 0); echo {later} - time();") in ("29", "30")
        wordpress.inside(f"wp_unschedule_hook('{PAUSE_OVER}'); wp_schedule_single_event(time() - 1, '{PAUSE_OVER}');")
        assert wordpress.inside(failures) == "1"
        requests.get(f"{wordpress.address}/wp-cron.php", timeout=300)
        assert (door.said, wordpress.inside(failures)) == (["204 dropped=consent_unknown"], "0")
        assert wordpress.inside(f"echo {later} ? 'again' : 'done';") == "done"

        wordpress.inside("TajoCollector\\Pause::begin('it slept', 0); TajoCollector\\Plugin::uninstall();")
        assert wordpress.inside(f"echo {later} ? 'left behind' : 'gone';") == "gone"
        assert wordpress.complaints() == []
    finally:
        file.unlink()


def test_as_an_mu_plugin_with_the_values_in_it_it_is_there_at_once(wordpress: RealWordPress, door: Door) -> None:
    file = put(wordpress, plugin([SHOP], door.address)[1], "mu-plugins")
    try:
        page = wordpress.logged_in().get(wordpress.address + PAGE, timeout=300).text
        assert f"Pages load the script from {door.address}/c/site-key-1.js" in page
        assert wordpress.complaints() == []
    finally:
        file.unlink()
