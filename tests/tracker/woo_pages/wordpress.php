<?php

/*
 * The few functions of WordPress and WooCommerce that the snippet calls, so that it runs for real.
 *
 * Standard input: JSON {snippet: path, get, cookies, headers, product, line, user}. Standard output: JSON
 * {scripts: what wp_head prints, me: {status, headers, data} or null when it may not be asked, route, line, schema,
 * order_meta}. A notice or a warning of any kind ends it with status 255.
 */

error_reporting(E_ALL);
set_error_handler(function ($level, $message, $file, $line) {
    throw new ErrorException($message, 0, $level, $file, $line);
});

define('ARRAY_A', 'ARRAY_A');

$given = json_decode(file_get_contents('php://stdin'), true);
$_GET = $given['get'];
$_COOKIE = $given['cookies'];
$hooks = array();
$printed = array('before' => '', 'script' => '');
$route = null;
$endpoint = null;

function add_action($name, $work, $priority = 10)
{
    global $hooks;
    $hooks[$name][$priority][] = $work;
}

function do_action($name, ...$values)
{
    global $hooks;
    $all = isset($hooks[$name]) ? $hooks[$name] : array();
    ksort($all);
    foreach ($all as $works) {
        foreach ($works as $work) {
            $work(...$values);
        }
    }
}

class Product
{
    public $of;

    public function __construct($of)
    {
        $this->of = $of;
    }

    public function get_id()
    {
        return $this->of['id'];
    }

    public function get_sku()
    {
        return $this->of['sku'];
    }

    public function get_name()
    {
        return $this->of['name'];
    }

    /** As WC_Product_Variation does: the name of its product. */
    public function get_title()
    {
        return $this->of['title'];
    }

    public function get_image_id()
    {
        return 5;
    }

    public function get_permalink()
    {
        return $this->of['url'];
    }
}

class Order
{
    public $meta = array();

    public function update_meta_data($key, $value)
    {
        $this->meta[$key] = $value;
    }
}

class WP_REST_Response
{
    public $data;
    public $status;
    public $headers = array();

    public function __construct($data, $status = 200)
    {
        $this->data = $data;
        $this->status = $status;
    }

    public function header($name, $value)
    {
        $this->headers[$name] = $value;
    }
}

class WP_REST_Request
{
    public $headers;

    public function __construct($headers)
    {
        $this->headers = $headers;
    }

    public function get_header($name)
    {
        return isset($this->headers[$name]) ? $this->headers[$name] : null;
    }
}

class Countries
{
    public function get_base_country()
    {
        return 'DE';
    }
}

class Shop
{
    public $countries;

    public function __construct()
    {
        $this->countries = new Countries();
    }
}

function WC()
{
    return new Shop();
}

function is_customize_preview()
{
    return isset($_GET['customize_changeset_uuid']);
}

function is_preview()
{
    return isset($_GET['preview']);
}

function rest_url()
{
    return 'https://elsewhere.example/wp-json/';
}

function is_product()
{
    global $given;
    return $given['product'] !== null;
}

function get_queried_object_id()
{
    global $given;
    return $given['product']['id'];
}

function wc_get_product($id)
{
    global $given;
    return $id === $given['product']['id'] ? new Product($given['product']) : false;
}

function wp_get_post_terms($id, $taxonomy, $how)
{
    global $given;
    return $given['product']['categories'];
}

function is_wp_error($thing)
{
    return !is_array($thing);
}

/** With or without tax, as the shop shows it; '' when there is no price. */
function wc_get_price_to_display($product)
{
    return $product->of['price'];
}

function wc_get_price_decimals()
{
    return 2;
}

function wc_format_decimal($amount, $digits)
{
    return $amount === '' ? '' : number_format((float) $amount, $digits, '.', '');
}

function get_woocommerce_currency()
{
    return 'EUR';
}

function wp_get_attachment_image_url($id, $size)
{
    global $given;
    return $given['product']['image'] ?: false;
}

function wp_json_encode($value, $flags = 0)
{
    return json_encode($value, $flags);
}

function esc_attr($text)
{
    return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
}

function wp_enqueue_script($name, $address, $needs, $version, $how)
{
    global $printed;
    $printed['script'] = sprintf(
        '<script src="%s" id="%s-js" %s data-wp-strategy="%2$s"></script>',
        esc_attr($address),
        $name,
        $how['strategy']
    );
}

function wp_add_inline_script($name, $text, $place)
{
    global $printed;
    $printed[$place] = "<script id=\"$name-js-$place\">\n$text\n</script>\n";
}

function register_rest_route($space, $path, $how)
{
    global $route;
    $route = array("/$space$path", $how);
}

/** Whose log-in cookie it is. */
function wp_validate_auth_cookie($cookie, $scheme)
{
    global $given;
    return $scheme === 'logged_in' && isset($_COOKIE['wordpress_logged_in_x']) ? $given['user']['ID'] : false;
}

function get_userdata($id)
{
    global $given;
    return $id ? (object) $given['user'] : false;
}

function woocommerce_store_api_register_endpoint_data($how)
{
    global $endpoint;
    $endpoint = $how;
}

require $given['snippet'];

do_action('wp_loaded');
do_action('wp_enqueue_scripts');
do_action('rest_api_init');

$me = null;
$request = new WP_REST_Request($given['headers']);
if ($route[1]['permission_callback']($request)) {
    $answer = $route[1]['callback']($request);
    $me = array('status' => $answer->status, 'headers' => $answer->headers, 'data' => $answer->data);
}

$line = null;
if ($given['line'] !== null) {
    $product_id = $given['line']['product_id'];
    $line = $endpoint['data_callback'](array('product_id' => $product_id, 'data' => new Product($given['line'])));
}

$orders = array();
foreach (array('woocommerce_checkout_create_order', 'woocommerce_store_api_checkout_update_order_meta') as $hook) {
    $order = new Order();
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
