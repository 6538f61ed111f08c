<?php

/**
 * What WooCommerce takes for the signature of each address in a file: `php signatures.php cases.json`.
 *
 * PHP reads the query, as it does in a shop; what is signed, in which order and how it is coded is said again from
 * WooCommerce's rules: outer names sorted, lists in the order they came, every name and value coded, and again together.
 */

function coded(string $text): string
{
    return rawurlencode($text);
}

function joined(array $params, string $outer = ''): array
{
    $found = [];
    foreach ($params as $name => $value) {
        $full = $outer === '' ? (string) $name : $outer . '%5B' . $name . '%5D';
        if (is_array($value)) {
            array_push($found, ...joined($value, $full));
        } else {
            $found[] = coded($full . '=' . $value);
        }
    }
    return $found;
}

function with_coded_values(array $params): array
{
    return array_map(fn ($value) => is_array($value) ? with_coded_values($value) : coded((string) $value), $params);
}

$given = json_decode(file_get_contents($argv[1]), true);
$signatures = [];
foreach ($given['cases'] as [$method, $url]) {
    parse_str((string) parse_url($url, PHP_URL_QUERY), $params);
    unset($params['oauth_signature']);
    uksort($params, 'strcmp');
    $in_order = [];
    foreach (with_coded_values($params) as $name => $value) {
        $in_order[coded((string) $name)] = $value;
    }
    $address = $given['home'] . parse_url($url, PHP_URL_PATH);
    $text = $method . '&' . coded($address) . '&' . implode('%26', joined($in_order));
    $signatures[] = base64_encode(hash_hmac('sha256', $text, $given['secret'] . '&', true));
}
echo json_encode($signatures);
