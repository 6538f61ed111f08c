<?php

/*
 * The parts of WooCommerce that the plugin and the snippet call. Hooks fire where and when WooCommerce 10.5 fires them.
 */

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
        return $this->of['id'];
    }

    public function get_permalink($line = null)
    {
        return $this->of['url'];
    }
}

class Order
{
    public $of;
    public $meta;

    public function __construct($of = array())
    {
        $this->of = $of + array('id' => 0, 'email' => '');
        $this->meta = isset($of['meta']) ? $of['meta'] : array();
    }

    public function get_id()
    {
        return $this->of['id'];
    }

    public function get_billing_email()
    {
        return $this->of['email'];
    }

    public function get_meta($key)
    {
        return isset($this->meta[$key]) ? $this->meta[$key] : '';
    }

    public function update_meta_data($key, $value)
    {
        $this->meta[$key] = $value;
    }

    public function delete_meta_data($key)
    {
        unset($this->meta[$key]);
    }

    public function save()
    {
        note('order saved', $this->get_id());
    }
}

class Customer
{
    private $email;

    public function __construct($email)
    {
        $this->email = $email;
    }

    public function get_billing_email()
    {
        return $this->email;
    }
}

class Session
{
    private $is_dirty = false;

    public function get($key)
    {
        global $world;
        return isset($world['session'][$key]) ? $world['session'][$key] : null;
    }

    public function set($key, $value)
    {
        global $world;
        if ($value !== $this->get($key)) {
            note('session', $key);
            $world['session'][$key] = $value;
            $this->is_dirty = true;
        }
    }

    public function save()
    {
        if ($this->is_dirty) {
            note('session saved');
            $this->is_dirty = false;
        }
    }
}

/** `$world['cart']`: [{product, quantity}], each with its total without tax and the tax on it. */
class Cart
{
    const TAX = 0.19;

    public function display_prices_including_tax()
    {
        global $world;
        return !empty($world['is_gross']);
    }

    public function get_cart()
    {
        global $world;
        $lines = array();
        foreach ($world['cart'] as $place => $line) {
            $product = $world['products'][$line['product']];
            $full = $product['price'] * $line['quantity'] * (1 - $this->discount());
            $lines["line-$place"] = array(
                'product_id' => isset($product['parent']) ? $product['parent'] : $product['id'],
                'variation_id' => isset($product['parent']) ? $product['id'] : 0,
                'quantity' => $line['quantity'],
                'line_total' => $full,
                'line_tax' => $full * self::TAX,
                'data' => new Product($product),
            );
        }
        return $lines;
    }

    public function get_cart_hash()
    {
        global $world;
        return $world['cart'] ? md5(json_encode(array($world['cart'], $this->discount()))) : '';
    }

    private function discount()
    {
        global $world;
        return empty($world['coupon']) ? 0 : $world['coupon'];
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
    public $cart;
    public $session;

    public function __construct()
    {
        $this->countries = new Countries();
        $this->cart = new Cart();
        $this->session = new Session();
    }
}

class Logger
{
    public function warning($text, $more)
    {
        note('log', $more['source'] . ': ' . $text);
    }
}

function WC()
{
    static $shop = null;
    $shop = $shop ?: new Shop();
    return $shop;
}

function wc_get_logger()
{
    return new Logger();
}

function is_product()
{
    global $world;
    return isset($world['product']);
}

function is_order_received_page()
{
    global $world;
    return !empty($world['is_order_received']);
}

function get_queried_object_id()
{
    global $world;
    return $world['product']['id'];
}

function wc_get_product($id)
{
    global $world;
    return $id === $world['product']['id'] ? new Product($world['product']) : false;
}

/** Fails as WordPress does where the list of categories is null. */
function wp_get_post_terms($id, $taxonomy, $how)
{
    global $world;
    $categories = isset($world['product']) ? $world['product']['categories'] : $world['categories'];
    return $categories === null ? new WP_Error('no such taxonomy') : $categories;
}

/** With or without tax, as the shop shows it; '' when there is no price. */
function wc_get_price_to_display($product)
{
    return $product->of['price'];
}

function wc_get_price_including_tax($product)
{
    return $product->of['price'] * (1 + Cart::TAX);
}

function wc_get_price_excluding_tax($product)
{
    return $product->of['price'];
}

function wc_get_formatted_variation($product, $is_flat, $has_names)
{
    return implode(', ', $product->of['variation']);
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
    global $world;
    return isset($world['currency']) ? $world['currency'] : 'EUR';
}

function wc_get_checkout_url()
{
    return home_url('/checkout/');
}

function wp_get_attachment_image_url($id, $size)
{
    global $world;
    $product = isset($world['product']) ? $world['product'] : $world['products'][$id];
    return $product['image'] ?: false;
}

function wc_get_order($id)
{
    global $world;
    return new Order($world['orders'][$id]);
}

add_filter('wp_privacy_personal_data_erasers', function ($erasers) {
    return $erasers + array('woocommerce-customer-orders' => array('callback' => '__return_true'));
});

function wc_get_orders($how)
{
    global $world, $orders;
    if (!isset($orders)) {
        $orders = array_map(function ($of) {
            return new Order($of);
        }, $world['orders']);
    }
    $found = array_filter($orders, function ($order) use ($how) {
        $whose = isset($order->of['customer_id']) ? $order->of['customer_id'] : 0;
        return in_array($order->get_billing_email(), $how['customer'], true)
            || ($whose && in_array($whose, $how['customer'], true));
    });
    return array_slice(array_values($found), ($how['page'] - 1) * $how['limit'], $how['limit']);
}

function woocommerce_store_api_register_endpoint_data($how)
{
    global $endpoint;
    $endpoint = $how;
}

function woocommerce_register_additional_checkout_field($how)
{
    note('field', $how);
}

function woocommerce_form_field($name, $how, $value)
{
    printf(
        '<label><input type="%s" name="%s" id="%s" value="1"%s> %s</label>',
        $how['type'],
        $name,
        $name,
        $value ? ' checked' : '',
        $how['label']
    );
}

class Features
{
    public static function declare_compatibility($feature, $file, $is_compatible)
    {
        note('compatible', $feature . ($is_compatible ? '' : ': no'));
    }
}

class_alias('Features', 'Automattic\WooCommerce\Utilities\FeaturesUtil');
