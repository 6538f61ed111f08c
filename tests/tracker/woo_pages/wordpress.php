<?php

/*
 * A page of a WordPress shop with the snippet (or the plugin), and what else either answers, so that it runs for real.
 *
 * Standard input: JSON {snippet: path, get, cookies, headers, product, line, user, options}. Standard output: JSON
 * {scripts: what wp_head prints, me: {status, headers, data} or null when it may not be asked, route, endpoint, line,
 * schema, orders}. A notice or a warning of any kind ends it with status 255.
 */

require __DIR__ . '/../../wordpress/stand_in/wordpress.php';
require __DIR__ . '/../../wordpress/stand_in/woocommerce.php';

$world = json_decode(file_get_contents('php://stdin'), true) + array('session' => array(), 'cart' => array());
$_GET = $world['get'];
$_COOKIE = $world['cookies'];

require $world['snippet'];

do_action('wp_loaded');
do_action('wp_enqueue_scripts');
do_action('rest_api_init');

$me = null;
$request = new WP_REST_Request($world['headers']);
if ($route[1]['permission_callback']($request)) {
    $answer = call_user_func($route[1]['callback'], $request);
    $me = array('status' => $answer->status, 'headers' => $answer->headers, 'data' => $answer->data);
}

$line = null;
if ($world['line'] !== null) {
    $product_id = $world['line']['product_id'];
    $line = $endpoint['data_callback'](array('product_id' => $product_id, 'data' => new Product($world['line'])));
}

$orders = array();
foreach (array('woocommerce_checkout_create_order', 'woocommerce_store_api_checkout_update_order_meta') as $hook) {
    $order = new Order(array('meta' => $world['order_meta']));
    do_action($hook, $order);
    $orders[] = (object) $order->meta;
}

echo json_encode(array(
    'scripts' => $printed['before'] . $printed['script'],
    'me' => $me,
    'route' => $route[0],
    'endpoint' => $endpoint['endpoint'] . ' ' . $endpoint['namespace'],
    'line' => $line,
    'schema' => array_keys($endpoint['schema_callback']()),
    'orders' => $orders,
));
