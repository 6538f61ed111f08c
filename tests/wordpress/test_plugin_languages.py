"""What translators get holds every sentence the plugin says, and no other."""

from __future__ import annotations

import json
import re
import subprocess

from tests.cli.running import ROOT
from tests.tracker.wordpress import tool

PLUGIN = ROOT / "theme_snippets" / "woocommerce" / "tajo-collector.php"
TEMPLATE = PLUGIN.parent / "languages" / "tajo-collector.pot"
# By PHP's own lexer: the first argument of each translating function.
SAID = """
$tokens = array_values(array_filter(token_get_all(file_get_contents($argv[1])), function ($token) {
    return !is_array($token) || $token[0] !== T_WHITESPACE;
}));
$said = [];
foreach ($tokens as $place => $token) {
    if (!is_array($token) || !in_array(ltrim($token[1], '\\\\'), ['__', '_e', 'esc_html__', 'esc_attr__'], true)) {
        continue;
    }
    if ($tokens[$place + 1] === '(') {
        $said[] = eval('return ' . $tokens[$place + 2][1] . ';');
    }
}
echo json_encode($said);
"""


def template_ids() -> list[str]:
    """Without that of the header."""
    text = TEMPLATE.read_text(encoding="utf-8")
    found = re.findall(r'^msgid ((?:"(?:[^"\\]|\\.)*"\n)+)', text, re.MULTILINE)
    return [said for one in found if (said := "".join(json.loads(line) for line in one.splitlines()))]


def test_the_template_holds_what_the_plugin_says() -> None:
    done = subprocess.run(
        [tool("php"), "-r", SAID, "--", str(PLUGIN)], capture_output=True, text=True, check=True, timeout=60
    )
    said = json.loads(done.stdout)
    assert len(said) > 50
    assert sorted(template_ids()) == sorted(set(said)), "make it anew: see the head of the template"
