<?php

/*
 * One request to a shop with the plugin.
 *
 * In: JSON {plugin: [paths], steps: [[name, …]], and what there is: options, constants, cookies, get, post,
 * user, is_logged_in, can, consent {type, has}, session, products, cart, coupon, is_gross, orders, now, has_finish,
 * no_woocommerce, sites, texts, is_cron}. Out: JSON {printed, results, journal, kept: {session, options, cart}}.
 *
 * serve.php runs many of them. Behind a web server the same JSON is the body of the request and the answer is the page alone; options are kept in
 * `options_file`, and `work` says how many thousand hashes the page takes, as a shop's pages take their time. `below`
 * and `above`: other plugins change the page in buffers under and over ours; `headers` and `status` are theirs, too; `size`: of its end in bytes;
 * `last_words` are printed while WordPress shuts down; `open`: another plugin's buffer is never ended; `cleans`: `all`
 * buffers, or the `last`, are thrown away by another plugin while WordPress shuts down; `cron`: what starting it prints;
 * `fails`: another plugin does while WordPress shuts down; `compresses`: one has PHP compress the page.
 */

require __DIR__ . '/wordpress.php';

$is_served = PHP_SAPI !== 'cli';
$world = json_decode($is_served ? file_get_contents('php://input') : $input, true) + array(
    'options' => array(),
    'session' => array(),
    'cart' => array(),
    'products' => array(),
    'orders' => array(),
    'categories' => array('Cups &amp; mugs'),
    'user' => array('ID' => 7, 'user_email' => 'Ana@Shop.example', 'first_name' => '', 'display_name' => 'Ana'),
);
if (isset($world['options_file']) && is_file($world['options_file'])) {
    $world['options'] = json_decode(file_get_contents($world['options_file']), true);
}
$_GET = isset($world['get']) ? $world['get'] : array();
$_POST = isset($world['post']) ? $world['post'] : array();
$_COOKIE = isset($world['cookies']) ? $world['cookies'] : array();
foreach (isset($world['constants']) ? $world['constants'] : array() as $name => $value) {
    define($name, $value);
}
if (!defined('WPMU_PLUGIN_DIR')) {
    define('WPMU_PLUGIN_DIR', '/elsewhere/wp-content/mu-plugins');
}
if (empty($world['no_woocommerce'])) {
    require __DIR__ . '/woocommerce.php';
    add_action('shutdown', function () {
        WC()->session->save();
    }, 20);
}
if (isset($world['consent'])) {
    require __DIR__ . '/consent.php';
}
if (!empty($world['has_finish'])) {
    require __DIR__ . '/finish.php';
}
if (isset($world['filters'])) {
    foreach ($world['filters'] as $name => $value) {
        add_filter($name, function () use ($value) {
            return $value;
        });
    }
}

/** What a step does: [name, …] -> what is to be told of it. */
function step($name, ...$with)
{
    global $world, $menu, $route;
    switch ($name) {
        case 'add':
            $world['cart'][] = array('product' => $with[0], 'quantity' => $with[1]);
            return do_action('woocommerce_add_to_cart', 'line', $with[0], $with[1]);
        case 'again':
            // WC_Cart_Session::populate_cart_from_order() writes the lines without the hooks of adding.
            $world['cart'][] = array('product' => $with[0], 'quantity' => $with[1]);
            return do_action('woocommerce_ordered_again', 5, array(), array());
        case 'quantity':
            $world['cart'][$with[0]]['quantity'] = $with[1];
            return do_action('woocommerce_after_cart_item_quantity_update', 'line', $with[1], 1, WC()->cart);
        case 'remove':
            array_splice($world['cart'], $with[0], 1);
            return do_action('woocommerce_cart_item_removed', 'line', WC()->cart);
        case 'restore':
            $world['cart'][] = array('product' => $with[0], 'quantity' => $with[1]);
            return do_action('woocommerce_cart_item_restored', 'line', WC()->cart);
        case 'coupon':
            $world['coupon'] = $with[0];
            return do_action($with[0] ? 'woocommerce_applied_coupon' : 'woocommerce_removed_coupon', 'spring');
        case 'empty':
            $world['cart'] = array();
            do_action('woocommerce_cart_emptied', true);
            return WC()->session->set('order_awaiting_payment', null);
        case 'order':
            return order($with[0], $with[1]);
        case 'pages':
            do_action('wp_enqueue_scripts');
            return null;
        case 'box':
            do_action('woocommerce_init');
            do_action('woocommerce_after_checkout_billing_form', null);
            return null;
        case 'settings page':
            do_action('admin_menu');
            do_action('admin_init');
            do_action('admin_notices');
            call_user_func($menu['work']);
            return array('parent' => $menu['parent'], 'capability' => $menu['capability']);
        case 'save settings':
            do_action('admin_init');
            update_option('tajo_collector', $with[0]);
            return $GLOBALS['settings_errors'];
        case 'filter':
            return apply_filters(...$with);
        case 'action':
            do_action(...$with);
            return null;
        case 'customer':
            return do_action('woocommerce_store_api_cart_update_customer_from_request', new Customer($with[0]), null);
        case 'export':
            $all = apply_filters('wp_privacy_personal_data_exporters', array());
            return call_user_func($all['tajo-collector']['callback'], $with[0], isset($with[1]) ? $with[1] : 1);
        case 'erase':
            $all = apply_filters('wp_privacy_personal_data_erasers', array());
            return call_user_func($all['tajo-collector']['callback'], $with[0], isset($with[1]) ? $with[1] : 1);
        case 'orders':
            return array_map(function ($order) {
                return (object) $order->meta;
            }, $GLOBALS['orders']);
        case 'within':
            // A part of the page that is taken out of a buffer, as of a shortcode.
            ob_start();
            echo '[begin]';
            step(...$with[0]);
            echo '[end]';
            $GLOBALS['printed']['script'] .= ob_get_clean();
            return null;
        case 'privacy texts':
            return $GLOBALS['privacy_texts'];
    }
    throw new ErrorException("no step called $name");
}

function optimized($page)
{
    return strtoupper($page);
}

/** What other plugins do with a page, and what kind of answer it is. */
function served()
{
    global $world;
    header('Content-Type: text/html; charset=UTF-8');
    foreach (isset($world['headers']) ? $world['headers'] : array() as $line) {
        header($line);
    }
    if (isset($world['status'])) {
        http_response_code($world['status']);
    }
    if (isset($world['below'])) {
        ob_start('optimized'); // as a page cache does, before any plugin
    }
    if (isset($world['open'])) {
        ob_start();
    }
    add_action('shutdown', function () use ($world) {
        for ($levels = ob_get_level(); isset($world['cleans']) && $levels > 0; --$levels) {
            ob_end_clean();
            if ($world['cleans'] === 'last') {
                break;
            }
        }
        echo isset($world['last_words']) ? $world['last_words'] : '';
    }, 50);
    add_action('shutdown', '_wp_cron');
    if (isset($world['fails'])) {
        ini_set('display_errors', '0'); // then PHP says 500
        add_action('shutdown', 'no_such_function');
    }
}

function _wp_cron()
{
    global $world;
    echo isset($world['cron']) ? $world['cron'] : '';
}

/** `classic` or `blocks`; `$of`: {id, email, meta}. Placed, and the cart is empty. */
function order($theme, $of)
{
    global $world;
    $order = new Order($of);
    if ($theme === 'classic') {
        do_action('woocommerce_checkout_create_order', $order, array());
        do_action('woocommerce_checkout_order_processed', $of['id'], array(), $order);
    } else {
        do_action('woocommerce_store_api_checkout_update_order_meta', $order);
        do_action('woocommerce_store_api_checkout_order_processed', $order);
    }
    $world['cart'] = array();
    do_action('woocommerce_cart_emptied', true);
    return (object) $order->meta;
}

add_action('shutdown', 'wp_ob_end_flush_all', 1);
if ($is_served) {
    served();
}
foreach ($world['plugin'] as $file) {
    require $file;
}
if (!$is_served) {
    ob_start();
}
if (!empty($world['is_loaded']) || !isset($world['is_loaded'])) {
    do_action('before_woocommerce_init');
    do_action('init');
    do_action('wp_loaded');
    do_action('woocommerce_cart_loaded_from_session');
}
$results = array();
foreach ($world['steps'] as $one) {
    $results[] = step(...$one);
}
$printed_page = $is_served ? '' : ob_get_clean();
if ($is_served) {
    if (isset($world['above'])) {
        ob_start('optimized');
    }
    if (isset($world['compresses'])) {
        ini_set('zlib.output_compression', '1');
    }
    for ($left = 1000 * $world['work'], $hash = ''; $left > 0; --$left) {
        $hash = md5($hash);
    }
    echo $printed['before'], $printed['script'], $printed_page, $hash, str_repeat(' ', isset($world['size']) ? $world['size'] : 8192);
    do_action('shutdown');
    return;
}
do_action('shutdown');

$kept = array_intersect_key($world, array_flip(array('session', 'options', 'cart', 'coupon')));
echo json_encode(array(
    'printed' => $printed['before'] . $printed['script'] . $printed_page,
    'results' => $results,
    'journal' => $journal,
    'kept' => array('session' => (object) $kept['session'], 'options' => (object) $kept['options']) + $kept,
));
