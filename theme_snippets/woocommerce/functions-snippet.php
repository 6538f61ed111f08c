/*
 * Tajo Collector, version 1
 * Where:  the child theme's functions.php, at its end (a change of the theme loses it), or a plugin for code snippets.
 * Sends:  pages, products, categories and searches looked at, cart content, checkout steps, the e-mail address given
 *         in the checkout; who is logged in, signed. Nothing before consent, where your shop asks for it.
 * Keeps:  with the order the visitor's random id (`_tajo_id`), if there is one, or that the browser refused
 *         (`_tajo_consent`).
 *         No customer's data stands in the page, so pages may be cached.
 * Test:   open a page of the shop with ?tajo_debug=1 and look at the browser's console.
 * Remove: delete these lines.
 */
add_action('wp_enqueue_scripts', function () {
    if (!function_exists('WC') || is_customize_preview() || is_preview()) {
        return;
    }
    // Only the path: the page may have another name of this host than the settings.
    $rest = preg_replace('~^https?://[^/]+~', '', rest_url());
    $country = WC()->countries->get_base_country();
    $settings = array('siteKey' => '[[ site_key ]]', 'rest' => $rest, 'country' => $country);
    if (isset($_GET['tajo_debug'])) {
        $settings['debug'] = true;
    }
    $product = is_product() ? wc_get_product(get_queried_object_id()) : null;
    if ($product) {
        // Shops store names with or without entities; meant is what the shopper reads.
        $read = function ($text) {
            return html_entity_decode($text, ENT_QUOTES, 'UTF-8');
        };
        $categories = wp_get_post_terms($product->get_id(), 'product_cat', array('fields' => 'names'));
        $settings['product'] = array(
            'id' => (string) $product->get_id(),
            'sku' => $product->get_sku(),
            'name' => $read($product->get_name()),
            'price' => wc_format_decimal(wc_get_price_to_display($product), wc_get_price_decimals()),
            'currency' => get_woocommerce_currency(),
            'url' => $product->get_permalink(),
            'image' => (string) wp_get_attachment_image_url($product->get_image_id(), 'woocommerce_single'),
            'categories' => is_wp_error($categories) ? array() : array_map($read, $categories),
        );
    }
    $json = wp_json_encode($settings, JSON_HEX_TAG | JSON_HEX_AMP | JSON_INVALID_UTF8_SUBSTITUTE);
    $script = '[[ base_url ]][[ path ]]/[[ site_key ]].js';
    wp_enqueue_script('tajo-collector', $script, array(), null, array('strategy' => 'defer'));
    wp_add_inline_script('tajo-collector', "window.tajoConfig = Object.assign($json, window.tajoConfig);", 'before');
});

add_action('rest_api_init', function () {
    // Who is logged in, for the script alone: never cached, never in a page, not readable from other sites.
    register_rest_route('tajo/v1', '/me', array(
        'methods' => 'GET',
        'show_in_index' => false,
        // Other sites' pages cannot send this header: WordPress does not allow it across origins.
        'permission_callback' => function ($request) {
            return '1' === $request->get_header('x_tajo') && !$request->get_header('origin');
        },
        'callback' => function () {
            if (!defined('DONOTCACHEPAGE')) {
                define('DONOTCACHEPAGE', true);
            }
            // Without a nonce WordPress takes nobody for logged in here; the cookie is asked instead.
            $user = get_userdata((int) wp_validate_auth_cookie('', 'logged_in'));
            $answer = new WP_REST_Response(null, 204);
            if ($user) {
                $email = strtolower($user->user_email);
                $day = gmdate('Y-m-d');
                $text = 'v1|[[ site_key ]]|' . $user->ID . '|' . $day . '|' . $email;
                $answer = new WP_REST_Response(array(
                    'customerId' => (string) $user->ID,
                    'customerEmail' => $email,
                    'customerName' => $user->first_name ? $user->first_name : $user->display_name,
                    'signedOn' => $day,
                    'signature' => hash_hmac('sha256', $text, '[[ identity_key ]]'),
                ));
            }
            $answer->header('Cache-Control', 'no-store, private');
            return $answer;
        },
    ));

    // A cart line of a variation tells its product too, and each its name as it was written.
    if (!function_exists('woocommerce_store_api_register_endpoint_data')) {
        return;
    }
    woocommerce_store_api_register_endpoint_data(array(
        'endpoint' => 'cart-item',
        'namespace' => 'tajo',
        'data_callback' => function ($line) {
            return array(
                'product_id' => (string) $line['product_id'],
                'name' => html_entity_decode($line['data']->get_title(), ENT_QUOTES, 'UTF-8'),
            );
        },
        'schema_callback' => function () {
            return array(
                'product_id' => array(
                    'description' => 'The product of the line',
                    'type' => 'string',
                    'readonly' => true,
                ),
                'name' => array(
                    'description' => 'The name of that product, without markup',
                    'type' => 'string',
                    'readonly' => true,
                ),
            );
        },
        'schema_type' => ARRAY_A,
    ));
}, 5); // the Store API describes itself at 10

// The order knows the browser it was placed in, where the visitor let it be known.
add_action('wp_loaded', function () {
    $mark = function ($order) {
        // The cookie of the WP Consent API; how its name begins is the banner's choice.
        foreach ($_COOKIE as $name => $said) {
            if ('deny' === $said && preg_match('/_marketing$/D', (string) $name)) {
                $order->delete_meta_data('_tajo_id');
                $order->update_meta_data('_tajo_consent', 'denied');
                return;
            }
        }
        $order->delete_meta_data('_tajo_consent');
        $visitor = isset($_COOKIE['tajo_id']) ? $_COOKIE['tajo_id'] : '';
        if (is_string($visitor) && preg_match('/^[A-Za-z0-9_-]{8,64}$/D', $visitor)) {
            $order->update_meta_data('_tajo_id', $visitor);
        }
    };
    add_action('woocommerce_checkout_create_order', $mark);
    add_action('woocommerce_store_api_checkout_update_order_meta', $mark);
});
