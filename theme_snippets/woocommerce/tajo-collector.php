<?php

/**
 * Plugin Name:          Tajo Collector
 * Description:          Tells your collector who looks at what and what lies in whose cart. The shop never waits.
 * Version:              1.0.0
 * Requires at least:    5.9
 * Requires PHP:         7.4
 * WC requires at least: 7.0
 * Text Domain:          tajo-collector
 * Domain Path:          /languages
 * Update URI:           false
 *
 * Where:   Plugins > Add New > Upload, or drop this one file into wp-content/mu-plugins/.
 * Prints:  the script and the product of the page. Nothing about a visitor, so pages may be cached for everybody.
 * Sends:   from this server, signed, after the page is finished: the cart when its content changed, and the e-mail
 *          address given in the checkout. Only for visitors who let themselves be known.
 * Keeps:   with the order `_tajo_id` (the visitor's random number), `_tajo_consent` (that the browser refused) and
 *          `_tajo_opt_in` (the box of the checkout); in the session of the shop, what was told last.
 * Filters: tajo_collector_consent (granted | denied | unknown), tajo_collector_script_url, tajo_collector_beacon.
 */

namespace TajoCollector;

defined('ABSPATH') || exit;

// The file may be there twice, as a plugin and as an mu-plugin. Declared on a condition, its classes are so only once.
if (!class_exists(__NAMESPACE__ . '\Plugin', false)) {
    /**
     * What was set, and where: wp-config.php (TAJO_COLLECTOR_URL …) wins over the settings page, that over FILLED_IN.
     *
     * In a network wp-config.php is every site's. A site with a site key of its own is a shop of its own, and is never
     * told of as the one that wp-config.php names.
     */
    final class Settings
    {
        public const OPTION = 'tajo_collector';

        /**
         * `tajo snippet NAME --plugin` writes a shop's values here: address => url, path, site_key and identity_key.
         * In a network each site takes its own and no other's; a site alone takes what is there, whatever it is called.
         */
        private const FILLED_IN = [
        ];

        private const DEFAULTS = [
            'url' => '',
            'path' => '/c',
            'site_key' => '',
            'identity_key' => '',
            'consent' => 'required',
            'carts' => 'auto',
            'capture' => 'submitted',
            'opt_in' => 'show',
            'opt_in_label' => '',
        ];

        private const KEYS = ['site_key', 'identity_key'];
        private const SHOP = ['url', 'path', 'site_key', 'identity_key'];

        public const CHOICES = [
            'consent' => ['required', 'implied'],
            'carts' => ['auto', 'server', 'browser'],
            'capture' => ['submitted', 'typed'],
            'opt_in' => ['show', 'hide'],
        ];

        public static function get(string $name): string
        {
            $value = self::isFixed($name) ? trim((string) constant(self::constant($name))) : self::own($name);
            if (isset(self::CHOICES[$name]) && !in_array($value, self::CHOICES[$name], true)) {
                $value = '';
            }
            return '' === $value ? self::DEFAULTS[$name] : $value;
        }

        /** What the settings page holds, by name. */
        public static function stored(): array
        {
            $stored = get_option(self::OPTION);
            return is_array($stored) ? $stored : [];
        }

        /** Of this site alone. */
        private static function own(string $name): string
        {
            $stored = self::stored();
            $value = isset($stored[$name]) && is_string($stored[$name]) ? trim($stored[$name]) : '';
            return '' === $value ? (self::filledIn()[$name] ?? '') : $value;
        }

        private static function filledIn(): array
        {
            $address = is_multisite() ? self::address() : (string) array_key_first(self::FILLED_IN);
            return self::FILLED_IN[$address] ?? [];
        }

        /** As the collector names this shop: host[:port][/path]. */
        private static function address(): string
        {
            $home = (string) get_option('home');
            if (!preg_match('~^(https?)://([^/?#]+)([^?#]*)~i', $home, $parts)) {
                return '';
            }
            $default_port = 'https' === strtolower($parts[1]) ? '/:443$/D' : '/:80$/D';
            return preg_replace($default_port, '', strtolower($parts[2])) . rtrim($parts[3], '/');
        }

        /** The constant of wp-config.php with this meaning. */
        public static function constant(string $name): string
        {
            return 'TAJO_COLLECTOR_' . strtoupper($name);
        }

        /** Whether wp-config.php says it. */
        public static function isFixed(string $name): bool
        {
            if (self::isOfSite($name) && '' !== self::own('site_key')) {
                return '' === self::own($name) && !in_array($name, self::KEYS, true) && self::isConstant($name);
            }
            return self::isConstant($name);
        }

        /** Whether a site of a network may have its own, whatever wp-config.php says. */
        public static function isOfSite(string $name): bool
        {
            return is_multisite() && in_array($name, self::SHOP, true);
        }

        public static function isConstant(string $name): bool
        {
            $constant = self::constant($name);
            return defined($constant) && is_scalar(constant($constant)) && '' !== trim((string) constant($constant));
        }

        /** Whether pages can load the script. */
        public static function isComplete(): bool
        {
            return '' !== self::get('url') && '' !== self::get('site_key');
        }

        /** Whether this server tells carts; if not, the script does. */
        public static function isToldByServer(): bool
        {
            $carts = self::get('carts');
            return self::isComplete()
                && '' !== self::get('identity_key')
                && ('server' === $carts || ('auto' === $carts && Response::canComeFirst()))
                && Consent::isReadable();
        }

        /** Where beacons go. The script has the same address with .js at its end. */
        public static function door(): string
        {
            $path = '/' . trim(self::get('path'), '/');
            return rtrim(self::get('url'), '/') . $path . '/' . rawurlencode(self::get('site_key'));
        }
    }

    /** May this browser be known? Asked anew whenever something is to be told. */
    final class Consent
    {
        private const COOKIE = '/_marketing$/D'; // how the name of a banner's cookie begins is the banner's choice

        /** granted, denied or unknown. */
        public static function state(): string
        {
            $said = (string) apply_filters('tajo_collector_consent', self::ofBanner());
            return in_array($said, ['granted', 'denied'], true) ? $said : 'unknown';
        }

        public static function isAllowed(): bool
        {
            $state = self::state();
            return 'granted' === $state || ('unknown' === $state && 'implied' === Settings::get('consent'));
        }

        /** Whether a banner's cookie says no. */
        private static function isDenied(): bool
        {
            foreach ($_COOKIE as $name => $said) {
                if ('deny' === $said && preg_match(self::COOKIE, (string) $name)) {
                    return true;
                }
            }
            return false;
        }

        /** Whether this server can know it at all. Else only the script can ask, and has to tell carts itself. */
        public static function isReadable(): bool
        {
            return 'implied' === Settings::get('consent')
                || '' !== self::type()
                || has_filter('tajo_collector_consent');
        }

        /** `optin`, `optout` …; empty without a banner that speaks the WP Consent API. */
        public static function type(): string
        {
            return function_exists('wp_has_consent') && function_exists('wp_get_consent_type')
                ? (string) wp_get_consent_type()
                : '';
        }

        private static function ofBanner(): string
        {
            if (self::isDenied()) {
                return 'denied';
            }
            // Without a banner wp_has_consent() says yes for everybody: nobody was asked, so that is no answer.
            return '' !== self::type() && wp_has_consent('marketing') ? 'granted' : 'unknown';
        }
    }

    /** Who is looking. */
    final class Visitor
    {
        private const ID = '/^[A-Za-z0-9_-]{8,64}$/D';

        /** The number the script gave the browser, once it was allowed to; empty without one. */
        public static function id(): string
        {
            if (!$_COOKIE) {
                // Not a browser but the shop itself, with the session of one.
                return self::checked(Carts::record()['visitor'] ?? '');
            }
            return self::checked($_COOKIE['tajo_id'] ?? '');
        }

        /** Who is logged in, or null. */
        public static function identity(): ?array
        {
            $user = wp_get_current_user();
            if (!$user || !$user->ID) {
                return null;
            }
            return [
                'email' => strtolower((string) $user->user_email),
                'customer_id' => (string) $user->ID,
                'name' => (string) ($user->first_name ? $user->first_name : $user->display_name),
            ];
        }

        /** The order knows the browser it was placed in, where the visitor let it be known. */
        public static function mark($order): void
        {
            if (!is_object($order) || !is_callable([$order, 'update_meta_data'])) {
                return;
            }
            if ('denied' === Consent::state()) {
                $order->delete_meta_data('_tajo_id');
                $order->update_meta_data('_tajo_consent', 'denied');
                return;
            }
            $order->delete_meta_data('_tajo_consent');
            $visitor = self::id();
            if ('' !== $visitor) {
                $order->update_meta_data('_tajo_id', $visitor);
            }
        }

        private static function checked($id): string
        {
            return is_string($id) && preg_match(self::ID, $id) ? $id : '';
        }
    }

    /** What pages print, and what the script may ask this server. The same for everybody, except at /me. */
    final class Pages
    {
        public static function scripts(): void
        {
            if (!function_exists('WC') || !Settings::isComplete() || is_customize_preview() || is_preview()) {
                return;
            }
            // Only the path: the page may have another name of this host than the settings.
            $rest = preg_replace('~^https?://[^/]+~', '', rest_url());
            $country = WC()->countries->get_base_country();
            $settings = ['siteKey' => Settings::get('site_key'), 'rest' => $rest, 'country' => $country];
            if (Settings::isToldByServer()) {
                $settings['carts'] = 'server';
            }
            if (isset($_GET['tajo_debug'])) {
                $settings['debug'] = true;
            }
            $product = is_product() ? wc_get_product(get_queried_object_id()) : null;
            if ($product) {
                $settings['product'] = self::product($product);
            }
            $json = wp_json_encode($settings, JSON_HEX_TAG | JSON_HEX_AMP | JSON_INVALID_UTF8_SUBSTITUTE);
            $script = apply_filters('tajo_collector_script_url', Settings::door() . '.js');
            wp_enqueue_script('tajo-collector', $script, [], null, ['strategy' => 'defer']);
            $inline = "window.tajoConfig = Object.assign($json, window.tajoConfig);";
            wp_add_inline_script('tajo-collector', $inline, 'before');
        }

        public static function routes(): void
        {
            if (Settings::isComplete() && '' !== Settings::get('identity_key')) {
                register_rest_route('tajo/v1', '/me', [
                    'methods' => 'GET',
                    'show_in_index' => false,
                    // Other sites' pages cannot send this header: WordPress does not allow it across origins.
                    'permission_callback' => function ($request) {
                        return '1' === $request->get_header('x_tajo') && !$request->get_header('origin');
                    },
                    'callback' => [self::class, 'me'],
                ]);
            }
            self::cartLines();
        }

        /** Who is logged in, for the script alone: never cached, never in a page, not readable from other sites. */
        public static function me()
        {
            if (!defined('DONOTCACHEPAGE')) {
                define('DONOTCACHEPAGE', true);
            }
            // Without a nonce WordPress takes nobody for logged in here; the cookie is asked instead.
            $user = get_userdata((int) wp_validate_auth_cookie('', 'logged_in'));
            $answer = new \WP_REST_Response(null, 204);
            if ($user) {
                $email = strtolower($user->user_email);
                $day = gmdate('Y-m-d');
                $text = 'v1|' . Settings::get('site_key') . '|' . $user->ID . '|' . $day . '|' . $email;
                $answer = new \WP_REST_Response([
                    'customerId' => (string) $user->ID,
                    'customerEmail' => $email,
                    'customerName' => $user->first_name ? $user->first_name : $user->display_name,
                    'signedOn' => $day,
                    'signature' => hash_hmac('sha256', $text, Settings::get('identity_key')),
                ]);
            }
            $answer->header('Cache-Control', 'no-store, private');
            return $answer;
        }

        /** Shops store names with or without entities; meant is what the shopper reads. */
        public static function plain($text): string
        {
            return html_entity_decode((string) $text, ENT_QUOTES, 'UTF-8');
        }

        public static function categories(int $product_id): array
        {
            $names = wp_get_post_terms($product_id, 'product_cat', ['fields' => 'names']);
            return is_wp_error($names) ? [] : array_values(array_map([self::class, 'plain'], $names));
        }

        private static function product($product): array
        {
            return [
                'id' => (string) $product->get_id(),
                'sku' => $product->get_sku(),
                'name' => self::plain($product->get_name()),
                'price' => wc_format_decimal(wc_get_price_to_display($product), wc_get_price_decimals()),
                'currency' => get_woocommerce_currency(),
                'url' => $product->get_permalink(),
                'image' => (string) wp_get_attachment_image_url($product->get_image_id(), 'woocommerce_single'),
                'categories' => self::categories($product->get_id()),
            ];
        }

        /** A cart line of a variation tells its product too, and each its name as it was written. */
        private static function cartLines(): void
        {
            if (!function_exists('woocommerce_store_api_register_endpoint_data')) {
                return;
            }
            woocommerce_store_api_register_endpoint_data([
                'endpoint' => 'cart-item',
                'namespace' => 'tajo',
                'data_callback' => function ($line) {
                    return [
                        'product_id' => (string) $line['product_id'],
                        'name' => self::plain($line['data']->get_title()),
                    ];
                },
                'schema_callback' => function () {
                    return [
                        'product_id' => [
                            'description' => 'The product of the line',
                            'type' => 'string',
                            'readonly' => true,
                        ],
                        'name' => [
                            'description' => 'The name of that product, without markup',
                            'type' => 'string',
                            'readonly' => true,
                        ],
                    ];
                },
                'schema_type' => ARRAY_A,
            ]);
        }
    }

    /** A cart as the collector reads it: prices as this shopper sees them. */
    final class Snapshot
    {
        private const MOST_LINES = 100;

        public static function of($cart): array
        {
            $is_gross = $cart->display_prices_including_tax();
            $items = [];
            $sum = 0.0;
            foreach (array_slice($cart->get_cart(), 0, self::MOST_LINES, true) as $line) {
                $item = self::item($line, $is_gross);
                if ($item) {
                    $sum += (float) $item['line_total'];
                    $items[] = $item;
                }
            }
            $snapshot = ['items' => $items, 'total' => self::money($sum), 'checkout_url' => wc_get_checkout_url()];
            $currency = (string) get_woocommerce_currency();
            return preg_match('/^[A-Z]{3}$/D', $currency) ? $snapshot + ['currency' => $currency] : $snapshot;
        }

        /** Without what may be long, for carts that would be refused. */
        public static function shortened(array $snapshot): array
        {
            foreach ($snapshot['items'] as $place => $item) {
                unset($item['url'], $item['image'], $item['categories'], $item['variant_name']);
                $snapshot['items'][$place] = $item;
            }
            return $snapshot;
        }

        private static function item(array $line, bool $is_gross): ?array
        {
            $product = $line['data'] ?? null;
            $quantity = (int) ceil((float) ($line['quantity'] ?? 0));
            if (!is_object($product) || $quantity < 1) {
                return null;
            }
            $price = $is_gross ? wc_get_price_including_tax($product) : wc_get_price_excluding_tax($product);
            $total = (float) $price * (float) $line['quantity'];
            if (isset($line['line_total'])) {
                $total = (float) $line['line_total'] + ($is_gross ? (float) ($line['line_tax'] ?? 0) : 0.0);
            }
            $variant_id = (int) ($line['variation_id'] ?? 0);
            return [
                'id' => (string) $line['product_id'],
                'variant_id' => $variant_id ? (string) $variant_id : '',
                'sku' => (string) $product->get_sku(),
                'name' => Pages::plain($product->get_title()),
                'variant_name' => $variant_id ? self::variant($product) : '',
                'price' => self::money($price),
                'quantity' => min($quantity, 100000),
                'line_total' => self::money($total),
                'url' => (string) $product->get_permalink($line),
                'image' => (string) wp_get_attachment_image_url($product->get_image_id(), 'woocommerce_thumbnail'),
                'categories' => Pages::categories((int) $line['product_id']),
            ];
        }

        private static function variant($product): string
        {
            return Pages::plain(wp_strip_all_tags((string) wc_get_formatted_variation($product, true, false)));
        }

        /** A decimal in major units; never negative, as some plugins' discounts are. */
        private static function money($amount): string
        {
            return number_format(max(0.0, (float) $amount), wc_get_price_decimals(), '.', '');
        }
    }

    /**
     * Carts, told once for each content.
     *
     * Hooks only note that something changed. When the request ends, the content is compared with what was told last,
     * and what is new goes into one beacon. What was told is kept in the session before the page is finished, and never
     * written after it: another request of this shopper may have changed the session since.
     */
    final class Carts
    {
        /** {visitor, user, hash, cart, lines, id, at, sent, is_waiting, contact: {hash, id, at, sent, is_waiting, …}} */
        private const KEY = 'tajo_collector';

        private static $isChanged = false;
        private static $isOrdered = false;
        private static $isLeaving = false;
        /** The address and the box of the checkout in this request, or null. */
        private static $contact = null;
        private static $beacon = null;
        private static $decided = 0;

        public static function watch(): void
        {
            $changes = [
                'woocommerce_add_to_cart',
                'woocommerce_cart_item_removed',
                'woocommerce_cart_item_restored',
                'woocommerce_after_cart_item_quantity_update',
                'woocommerce_applied_coupon',
                'woocommerce_removed_coupon',
                'woocommerce_ordered_again',
                'wp_login',
            ];
            foreach ($changes as $hook) {
                add_action($hook, [self::class, 'changed'], 10, 0);
            }
            add_action('woocommerce_cart_loaded_from_session', [self::class, 'loaded'], 10, 0);
            add_action('woocommerce_checkout_order_processed', [self::class, 'ordered'], 1, 0);
            add_action('woocommerce_store_api_checkout_order_processed', [self::class, 'ordered'], 1, 0);
            add_action('woocommerce_cart_emptied', [self::class, 'emptied'], 1, 0);
            add_action('wp_logout', [self::class, 'leaving'], 1, 0);
            add_action('shutdown', [self::class, 'decide'], 5, 0); // the session is saved at 20
            add_action('shutdown', [self::class, 'send'], PHP_INT_MAX, 0);
        }

        public static function changed(): void
        {
            self::$isChanged = true;
            self::expect();
        }

        /** What was not told yet has no hook in this request. */
        public static function loaded(): void
        {
            Log::guard(function () {
                if (!did_action('wp_loaded') || !is_object(WC()->cart)) {
                    return;
                }
                $record = self::record();
                $lines = self::lines();
                if (!$record && '' === $lines) {
                    return;
                }
                $is_changed = $lines !== ($record['lines'] ?? $lines);
                if ($is_changed || self::isOther($record, Visitor::id()) || self::isOwed($record)) {
                    self::expect();
                }
            });
        }

        /** Something is to be told when this request ends. */
        private static function expect(): void
        {
            if (Response::canBeHeld() && '' !== Visitor::id() && !Pause::isOn() && Settings::isToldByServer()) {
                Response::hold();
            }
        }

        /** The order says what becomes of the cart. */
        public static function ordered(): void
        {
            self::$isOrdered = true;
            self::expect();
        }

        /** Logging out takes the cart out of the browser; it stays with the account. */
        public static function leaving(): void
        {
            self::$isLeaving = true;
        }

        /** By the shopper, or because it became an order: then the next cart is a new one. */
        public static function emptied(): void
        {
            $session = function_exists('WC') ? WC()->session : null;
            if (!$session || self::$isLeaving) {
                return;
            }
            $is_back = function_exists('is_order_received_page') && is_order_received_page();
            if (!self::$isOrdered && !$is_back && !$session->get('order_awaiting_payment')) {
                self::changed();
                return;
            }
            self::$isOrdered = true;
            $record = self::record();
            if ($record) {
                self::keep(array_merge($record, ['hash' => '', 'cart' => '', 'lines' => '', 'is_waiting' => false]));
            }
        }

        public static function contact(string $email, bool $has_opted_in): void
        {
            $email = strtolower(trim($email));
            if (is_email($email)) {
                self::$contact = ['email' => $email, 'marketing_opt_in' => $has_opted_in];
                self::expect();
            }
        }

        /** What this visitor's session says was told; empty when nothing was. */
        public static function record(): array
        {
            $session = function_exists('WC') ? WC()->session : null;
            $record = is_object($session) ? $session->get(self::KEY) : null;
            return is_array($record) ? $record : [];
        }

        public static function decide(): void
        {
            Log::guard(function () {
                self::compare();
            });
            if (null === self::$beacon) {
                Response::letGo();
            }
        }

        public static function send(): void
        {
            if (null === self::$beacon) {
                return;
            }
            $beacon = self::$beacon;
            self::$beacon = null;
            Log::guard(function () use ($beacon) {
                Sender::send($beacon, self::$decided);
            });
        }

        private static function compare(): void
        {
            $is_loaded = function_exists('WC') && is_object(WC()->cart) && is_object(WC()->session)
                && did_action('woocommerce_cart_loaded_from_session');
            if (!$is_loaded || self::$isLeaving || !Settings::isToldByServer()) {
                return;
            }
            $record = self::record();
            $visitor = Visitor::id();
            if ('' !== $visitor && Consent::isAllowed()) {
                self::prepare($record, $visitor);
            } elseif ($record) {
                self::keep(null); // taken back, or gone: nothing is left here either
            }
        }

        private static function prepare(array $record, string $visitor): void
        {
            self::$decided = time();
            $user = self::user($record);
            $is_other = self::isOther($record, $visitor);
            $lines = self::lines();
            // Not every change has a hook: "Order again" fills the cart without one, and code may write to it.
            $is_changed = self::$isChanged || $lines !== ($record['lines'] ?? $lines);
            $next = array_merge($record, ['visitor' => $visitor, 'user' => $user, 'lines' => $lines]);
            $events = [];
            if ($is_changed || $is_other || self::isOwed($record)) {
                $next = self::cartEvent($next, $is_other, $events);
            }
            $next = self::contactEvent($next, $events);
            if ($events) {
                $beacon = self::beacon($visitor, $events);
                $is_paused = Pause::isOn();
                if ($is_paused || null === $beacon) {
                    $next = self::waiting($next, $events, $is_paused);
                } else {
                    self::$beacon = $beacon;
                }
            }
            if ($next !== $record && ($events || $record)) {
                self::keep($next);
            }
        }

        /** A REST request without a nonce is nobody's, though the session is somebody's; logging out ends it. */
        private static function user(array $record): int
        {
            return (int) get_current_user_id() ?: (int) ($record['user'] ?? 0);
        }

        /** Whether what was told last was told of somebody else. */
        private static function isOther(array $record, string $visitor): bool
        {
            return ($record['visitor'] ?? '') !== $visitor || ($record['user'] ?? 0) !== self::user($record);
        }

        /** What lies in the cart, whatever it costs in this request; empty for nothing. */
        private static function lines(): string
        {
            $lines = [];
            foreach (WC()->cart->get_cart() as $line) {
                $lines[] = [$line['product_id'], $line['variation_id'], $line['quantity']];
            }
            return $lines ? md5((string) wp_json_encode($lines)) : '';
        }

        private static function cartEvent(array $next, bool $is_other, array &$events): array
        {
            $is_owed = self::isOwed($next);
            $cart_hash = (string) WC()->cart->get_cart_hash();
            if (!$is_other && !$is_owed && ($next['cart'] ?? '') === $cart_hash) {
                return $next;
            }
            $snapshot = Snapshot::of(WC()->cart);
            $whose = $next['visitor'] . '|' . $next['user'];
            $hash = $snapshot['items'] ? md5($whose . '|' . wp_json_encode($snapshot)) : '';
            $told = $next['hash'] ?? '';
            $next['cart'] = $cart_hash;
            if ($hash === $told && !$is_owed) {
                return $next;
            }
            // The same content told again keeps its number, so that it counts once even if it did arrive.
            $next = self::stamped($next, $hash);
            $events['cart'] = [
                'id' => $next['id'],
                'type' => 'cart_updated',
                'at' => $next['at'],
                'cart' => $snapshot,
            ];
            return $next;
        }

        private static function contactEvent(array $next, array &$events): array
        {
            $known = $next['contact'] ?? [];
            $said = self::$contact;
            if (null === $said && self::isOwed($known)) {
                $said = ['email' => $known['email'], 'marketing_opt_in' => $known['marketing_opt_in']];
            }
            if (null === $said) {
                return $next;
            }
            $hash = md5(wp_json_encode($said));
            if ($hash === ($known['hash'] ?? '') && !self::isOwed($known)) {
                return $next;
            }
            $next['contact'] = self::stamped(array_merge($known, $said), $hash);
            $event = ['id' => $next['contact']['id'], 'type' => 'contact_submitted', 'at' => $next['contact']['at']];
            $event['email'] = $said['email'];
            if ($said['marketing_opt_in']) {
                $event['marketing_opt_in'] = true; // an empty box says nothing
            }
            $events['contact'] = $event;
            return $next;
        }

        private static function stamped(array $known, string $hash): array
        {
            if ($hash !== ($known['hash'] ?? null) || empty($known['id'])) {
                $known['id'] = wp_generate_uuid4();
                $known['at'] = self::now();
            }
            return array_merge($known, ['hash' => $hash, 'sent' => self::$decided, 'is_waiting' => false]);
        }

        private static function waiting(array $next, array $events, bool $is_waiting): array
        {
            if (isset($events['cart'])) {
                $next['is_waiting'] = $is_waiting;
            }
            if (isset($events['contact'])) {
                $next['contact']['is_waiting'] = $is_waiting;
            }
            return $next;
        }

        /** Whether it still has to be told: it had to wait, or was sent while the collector did not answer. */
        private static function isOwed(array $known): bool
        {
            if (Pause::isOn()) {
                return false;
            }
            return !empty($known['is_waiting']) || (!empty($known['sent']) && Pause::isDoubtful((int) $known['sent']));
        }

        /** The body, or null when the shop's own filter wants nothing told. */
        private static function beacon(string $visitor, array $events): ?string
        {
            $beacon = [
                'v' => 1,
                'visitor_id' => $visitor,
                'sent_at' => self::now(),
                'consent' => Consent::state(),
                'page' => ['country' => (string) WC()->countries->get_base_country(), 'locale' => self::locale()],
                'events' => array_values($events),
            ];
            $identity = Visitor::identity();
            if ($identity) {
                $beacon['identity'] = $identity;
            }
            $beacon = apply_filters('tajo_collector_beacon', $beacon);
            if (!is_array($beacon) || empty($beacon['events'])) {
                return null;
            }
            $body = self::json($beacon);
            if (strlen($body) <= 60000) {
                return $body;
            }
            foreach ($beacon['events'] as $place => $event) {
                if (isset($event['cart'])) {
                    $beacon['events'][$place]['cart'] = Snapshot::shortened($event['cart']);
                }
            }
            return self::json($beacon);
        }

        private static function json(array $beacon): string
        {
            return (string) wp_json_encode($beacon, JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES);
        }

        private static function keep(?array $record): void
        {
            WC()->session->set(self::KEY, $record);
        }

        private static function locale(): string
        {
            return str_replace('_', '-', (string) determine_locale());
        }

        private static function now(): int
        {
            return (int) round(microtime(true) * 1000);
        }
    }

    /** The e-mail address and the opt-in box of both checkouts. */
    final class Checkout
    {
        public const FIELD = 'tajo_opt_in';
        public const BLOCKS_FIELD = 'tajo/marketing-opt-in';
        private const BLOCKS_META = '_wc_other/tajo/marketing-opt-in';

        public static function watch(): void
        {
            // Classic: the form so far, each time the order is reviewed. Blocks: the customer after each change.
            add_action('woocommerce_checkout_update_order_review', [self::class, 'reviewed'], 10, 1);
            add_action('woocommerce_store_api_cart_update_customer_from_request', [self::class, 'customer'], 10, 1);
            add_action('woocommerce_checkout_create_order', [self::class, 'boxOfForm'], 10, 1);
            add_action('woocommerce_checkout_order_processed', [self::class, 'placedClassic'], 10, 3);
            add_action('woocommerce_store_api_checkout_order_processed', [self::class, 'placed'], 10, 1);
            if ('show' === Settings::get('opt_in')) {
                add_action('woocommerce_after_checkout_billing_form', [self::class, 'box'], 20, 0);
                add_action('woocommerce_init', [self::class, 'registerBox'], 10, 0);
            }
        }

        public static function reviewed($post_data): void
        {
            if ('typed' !== Settings::get('capture') || !is_string($post_data)) {
                return;
            }
            parse_str($post_data, $fields);
            $email = $fields['billing_email'] ?? '';
            Carts::contact(is_string($email) ? $email : '', false); // a tick counts when the order is placed
        }

        public static function customer($customer): void
        {
            if ('typed' === Settings::get('capture') && is_object($customer)) {
                Carts::contact((string) $customer->get_billing_email(), false);
            }
        }

        public static function placedClassic($order_id, $posted = null, $order = null): void
        {
            self::placed(is_object($order) ? $order : wc_get_order($order_id));
        }

        public static function placed($order): void
        {
            if (is_object($order)) {
                $ticks = [$order->get_meta('_' . self::FIELD), $order->get_meta(self::BLOCKS_META)];
                Carts::contact((string) $order->get_billing_email(), in_array('1', array_map('strval', $ticks), true));
            }
        }

        /** Never ticked beforehand; an empty box changes nothing. */
        public static function box(): void
        {
            woocommerce_form_field(
                self::FIELD,
                [
                    'type' => 'checkbox',
                    'class' => ['form-row-wide'],
                    'label' => esc_html(self::label()),
                    'required' => false,
                ],
                0
            );
        }

        /**
         * Among the fields of the order: those of the contact are kept with the account, and at the next order the box
         * would come ticked.
         */
        public static function registerBox(): void
        {
            if (!function_exists('woocommerce_register_additional_checkout_field')) {
                return; // before WooCommerce 8.9 the Blocks checkout takes no fields
            }
            woocommerce_register_additional_checkout_field([
                'id' => self::BLOCKS_FIELD,
                'label' => self::label(),
                'optionalLabel' => self::label(),
                'location' => 'order',
                'type' => 'checkbox',
                'required' => false,
            ]);
        }

        public static function boxOfForm($order): void
        {
            // The form's own nonce was checked by WooCommerce before it made the order.
            if ('show' === Settings::get('opt_in') && !empty($_POST[self::FIELD]) && is_object($order)) {
                $order->update_meta_data('_' . self::FIELD, '1');
            }
        }

        private static function label(): string
        {
            $own = Settings::get('opt_in_label');
            return '' !== $own
                ? $own
                : __('Send me news and offers by e-mail. I can stop this at any time.', 'tajo-collector');
        }
    }

    /** One request to the collector, after the shopper has the page. */
    final class Sender
    {
        private const PATIENCE_S = 3.0;
        /** By how far the answer to the shopper is. Given whole: something in between may hold it back all the same. */
        private const PATIENCES_S = [
            Response::FINISHED => self::PATIENCE_S,
            Response::WHOLE => 1.0,
            Response::OPEN => 0.4,
        ];

        /** `$decided`: when it was written down as told. */
        public static function send(string $body, int $decided): void
        {
            if (Pause::isOn()) {
                return;
            }
            Pause::claim();
            $patience_s = self::PATIENCES_S[Response::finish()];
            $limit = function ($handle, $request, $url) use ($patience_s) {
                if (Settings::door() === $url) {
                    // WordPress rounds waiting times up to a second.
                    curl_setopt($handle, CURLOPT_NOSIGNAL, true);
                    curl_setopt($handle, CURLOPT_CONNECTTIMEOUT_MS, (int) ($patience_s * 1000));
                    curl_setopt($handle, CURLOPT_TIMEOUT_MS, (int) ($patience_s * 1000));
                }
            };
            add_action('http_api_curl', $limit, 10, 3);
            $answer = self::post($body, $patience_s);
            remove_action('http_api_curl', $limit, 10);
            self::understand($answer, $decided);
        }

        /** Is the collector well again? Asked where nobody waits for it, once the pause is over. */
        public static function tryAgain(): void
        {
            Log::guard(function () {
                if (Pause::read()['failures'] > 0 && Settings::isToldByServer()) {
                    Response::finishCron();
                    $begun = time();
                    self::understand(self::ask(self::PATIENCE_S), $begun);
                }
            });
        }

        /** Tells nothing, and is answered like everything that is told. */
        public static function ask(float $patience_s)
        {
            return self::post((string) wp_json_encode([
                'v' => 1,
                'visitor_id' => 'plugin-test',
                'sent_at' => (int) round(microtime(true) * 1000),
                'consent' => 'unknown',
                'events' => [],
            ]), $patience_s);
        }

        private static function understand($answer, int $decided): void
        {
            $status = is_wp_error($answer) ? 0 : (int) wp_remote_retrieve_response_code($answer);
            if (204 === $status) {
                Pause::end($decided - 1);
            } elseif (400 === $status || 413 === $status) {
                $said = substr(wp_remote_retrieve_body($answer), 0, 300);
                Log::warn("the collector refused a beacon ($status): $said");
                Pause::end($decided - 1); // it is there; another cart may please it
            } else {
                $why = is_wp_error($answer) ? $answer->get_error_message() : "it answered $status instead of 204";
                $again_s = is_wp_error($answer) ? 0 : (int) wp_remote_retrieve_header($answer, 'retry-after');
                Pause::begin($why, $again_s);
            }
        }

        /** The raw answer, or a WP_Error. */
        public static function post(string $body, float $patience_s)
        {
            return wp_remote_post(Settings::door(), [
                'timeout' => $patience_s,
                'redirection' => 0,
                'limit_response_size' => 4096,
                'headers' => [
                    'Content-Type' => 'application/json',
                    'X-Tajo-Signature' => hash_hmac('sha256', $body, Settings::get('identity_key')),
                ],
                'body' => $body,
            ]);
        }
    }

    /**
     * The answer to a browser, given whole before the collector is called.
     *
     * PHP-FPM and LiteSpeed have a call for that. Apache's module and PHP's own server have none, but pass on what they
     * get: there the answer is held back from when something is to be told, and goes with its length, by which the
     * browser knows that it has it all. A proxy that does not believe a length would make it wait, so never for long.
     *
     * hold() as soon as something is to be told, gather() where WordPress ends all buffers, then letGo() or finish().
     */
    final class Response
    {
        public const FINISHED = 'finished';
        public const WHOLE = 'whole';
        public const OPEN = 'open';

        private const PASSING_ON = ['apache2handler', 'cli-server'];
        private const PLAIN = ['default output handler', self::class . '::passed'];
        private const ENDABLE = PHP_OUTPUT_HANDLER_CLEANABLE | PHP_OUTPUT_HANDLER_REMOVABLE;
        private const COMPRESSED_FROM = 1400; // bytes: less fits into one packet
        private const LARGEST = 1048576; // bytes: a download is nothing to be held
        private const TEXT = '~^content-type:\s*(text/|application/(json|javascript|xml))~i';
        private const SIZED = '~^(content-length|transfer-encoding):~i';
        private const ENCODED = '~^content-encoding:~i';

        private static $isWanted = false;
        /** The level of our buffer; 0 without. */
        private static $level = 0;
        /** What our buffer got until WordPress shut down, and its status; null before. */
        private static $page = null;
        private static $status = 0;

        /** Whether it can be finished while PHP goes on. */
        public static function canFinish(): bool
        {
            return function_exists('fastcgi_finish_request') || function_exists('litespeed_finish_request');
        }

        /** Whether nobody waits for the collector here; at the command line nobody waits at all. */
        public static function canComeFirst(): bool
        {
            return self::canFinish() || 'cli' === PHP_SAPI
                || (in_array(PHP_SAPI, self::PASSING_ON, true) && !self::isKeptBack());
        }

        /** Whether PHP compresses pages itself, and so keeps them until it ends. */
        public static function isKeptBack(): bool
        {
            $setting = (string) ini_get('zlib.output_compression');
            return (int) $setting > 0 || 'on' === strtolower($setting);
        }

        public static function canBeHeld(): bool
        {
            return !self::$isWanted
                && !self::canFinish()
                && in_array(PHP_SAPI, self::PASSING_ON, true)
                && 'HEAD' !== ($_SERVER['REQUEST_METHOD'] ?? '')
                && !headers_sent()
                && !doing_action('shutdown')
                && self::isPlain();
        }

        /** From here on nothing leaves; what others do with their own buffers above stays theirs. */
        public static function hold(): void
        {
            self::$isWanted = true;
            remove_action('shutdown', 'wp_ob_end_flush_all', 1);
            add_action('shutdown', [self::class, 'gather'], 1, 0);
            // Within a buffer of others it would be ours that they end, and theirs that stays open.
            if (ob_get_level() <= self::levelOfPhp()) {
                ob_start(null, self::LARGEST);
                self::$level = ob_get_level();
            }
        }

        /** In the place of WordPress's own flush: all buffers end, and what they give stays here. */
        public static function gather(): void
        {
            while (self::$level && ob_get_level() > self::$level && self::isEndable(ob_get_status())) {
                ob_end_flush();
            }
            if (headers_sent() || !self::isPlain()) {
                self::$level = 0;
                wp_ob_end_flush_all();
                return;
            }
            self::$page = self::taken();
            self::$status = (int) http_response_code();
            ob_start([self::class, 'passed'], self::LARGEST);
            self::$level = ob_get_level();
            echo self::$page;
            ob_start(null, self::LARGEST); // what is said from now on; to who takes or ends a buffer, the page is out
            // WordPress starts its cron when a page is out, and may wait a second for it.
            if (remove_action('shutdown', '_wp_cron')) {
                add_action('shutdown', '_wp_cron', PHP_INT_MAX, 0);
            }
        }

        /** What goes wrong once WordPress shuts down would make PHP say 500 of a page that is as it should be. */
        public static function passed(string $page): string
        {
            if (http_response_code() !== self::$status && !headers_sent()) {
                status_header(self::$status);
            }
            return $page;
        }

        /** Nothing is told after all. */
        public static function letGo(): void
        {
            if (null !== self::$page) {
                self::$page = null;
                wp_ob_end_flush_all();
            }
        }

        /** How far it is then: FINISHED, WHOLE, or OPEN where the shopper waits along. */
        public static function finish(): string
        {
            ignore_user_abort(true);
            if (PHP_SESSION_ACTIVE === session_status()) {
                session_write_close(); // another plugin's; its lock would make the shopper's next page wait
            }
            if (!self::canFinish()) {
                $is_whole = self::give();
                // PHP's own server may have one process, in which the shopper's next page waits.
                return $is_whole && 'cli-server' !== PHP_SAPI ? self::WHOLE : self::OPEN;
            }
            function_exists('fastcgi_finish_request') ? fastcgi_finish_request() : litespeed_finish_request();
            return self::FINISHED;
        }

        /** WordPress calls its cron from a page, which waits up to a second for an empty answer: so give it. */
        public static function finishCron(): void
        {
            if (!wp_doing_cron() || headers_sent()) {
                return;
            }
            while (ob_get_level() && ob_end_clean()) {
                continue;
            }
            self::send('');
        }

        /** What is held, with its length. Whether it could have one. */
        private static function give(): bool
        {
            if (null === self::$page || headers_sent() || !self::isPlain()) {
                self::letGo();
                if (!ob_get_level()) {
                    flush(); // all but its end
                }
                return false;
            }
            $is_there = ob_get_level() >= self::$level;
            $body = self::taken();
            if (!$is_there && false === strpos($body, self::$page)) {
                $body = self::$page . $body; // thrown away by somebody who thought that it was out, as it would be
            }
            self::$page = null;
            if (in_array(http_response_code(), [204, 304], true) || preg_grep(self::SIZED, headers_list())) {
                echo $body;
                flush();
                return false;
            }
            self::send(self::compressed($body));
            return true;
        }

        /** What is in all buffers, which are then gone. */
        private static function taken(): string
        {
            $body = '';
            while (ob_get_level()) {
                $body = ob_get_clean() . $body;
            }
            return $body;
        }

        /** How many buffers PHP's settings begin with. */
        private static function levelOfPhp(): int
        {
            return (int) ini_get('output_buffering') > 0 ? 1 : 0;
        }

        private static function send(string $body): void
        {
            if (function_exists('apache_setenv')) {
                apache_setenv('no-gzip', '1'); // they take the length away
                apache_setenv('no-brotli', '1');
            }
            header('Content-Length: ' . strlen($body));
            header('Connection: close'); // else the browser's next request waits in this one's line
            echo $body;
            flush();
        }

        /** What Apache would have done. */
        private static function compressed(string $body): string
        {
            $accepted = (string) ($_SERVER['HTTP_ACCEPT_ENCODING'] ?? '');
            $has_filter = function_exists('apache_get_modules')
                && array_intersect(['mod_deflate', 'mod_brotli'], apache_get_modules());
            if (
                !$has_filter
                || strlen($body) < self::COMPRESSED_FROM
                || !preg_match('/\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i', $accepted)
                || !preg_grep(self::TEXT, headers_list())
                || preg_grep(self::ENCODED, headers_list())
                || !function_exists('gzencode')
                || apache_getenv('no-gzip')
            ) {
                return $body;
            }
            header('Content-Encoding: gzip');
            header('Vary: Accept-Encoding', false);
            return (string) gzencode($body);
        }

        /** Whether no buffer does anything with what it gets, and each can be ended. */
        private static function isPlain(): bool
        {
            foreach (ob_get_status(true) as $buffer) {
                if (!in_array($buffer['name'], self::PLAIN, true) || !self::isEndable($buffer)) {
                    return false;
                }
            }
            return true;
        }

        private static function isEndable(array $buffer): bool
        {
            return self::ENDABLE === ($buffer['flags'] & self::ENDABLE);
        }
    }

    /** After a failure nothing is tried for a while, longer with each. One option, read with all the others. */
    final class Pause
    {
        public const OPTION = 'tajo_collector_pause';
        public const OVER = 'tajo_collector_pause_over'; // WordPress's cron calls it

        private const FIRST_S = 30;
        private const LONGEST_S = 3600;
        private const MARGIN_S = 10; // a request that failed began some seconds before
        private const CRON_S = 600; // so long it may be late; then there is none

        /** Where a shopper would wait along, the first who tries is WordPress's cron. */
        public static function isOn(): bool
        {
            $pause = self::read();
            $late_s = Response::canFinish() ? 0 : self::CRON_S;
            return $pause['failures'] > 0 && time() < $pause['until'] + $late_s;
        }

        /** Whether something sent then may have been lost. */
        public static function isDoubtful(int $sent): bool
        {
            $pause = self::read();
            if (!$pause['since'] || $sent < $pause['since'] - self::MARGIN_S) {
                return false;
            }
            return $pause['failures'] > 0 || $sent <= $pause['ended'];
        }

        /** When the pause is over one request tries; the others keep waiting until it knows. */
        public static function claim(): void
        {
            $pause = self::read();
            if ($pause['failures'] > 0) {
                self::write(['until' => time() + self::length($pause['failures'])] + $pause);
            }
        }

        public static function begin(string $why, int $again_s): void
        {
            $pause = self::read();
            $failures = $pause['failures'] + 1;
            $wait_s = min(self::LONGEST_S, max(self::length($failures), $again_s));
            self::write([
                'failures' => $failures,
                'since' => 1 === $failures ? time() : $pause['since'],
                'until' => time() + $wait_s,
                'why' => substr($why, 0, 300),
            ] + $pause);
            if (!Response::canFinish()) {
                wp_schedule_single_event(time() + $wait_s, self::OVER);
            }
            Log::warn("the collector could not be told, trying again in $wait_s seconds: $why");
        }

        /** `$moment`: what was written down as told until then may have been lost. */
        public static function end(int $moment): void
        {
            $pause = self::read();
            if ($pause['failures'] > 0) {
                self::write(['failures' => 0, 'ended' => $moment] + $pause);
            }
        }

        public static function read(): array
        {
            $pause = get_option(self::OPTION);
            $none = ['failures' => 0, 'since' => 0, 'until' => 0, 'ended' => 0, 'why' => '', 'logged' => 0];
            return (is_array($pause) ? array_intersect_key($pause, $none) : []) + $none;
        }

        public static function write(array $pause): void
        {
            update_option(self::OPTION, $pause);
        }

        private static function length(int $failures): int
        {
            return (int) min(self::LONGEST_S, self::FIRST_S * 2 ** min(10, $failures - 1));
        }
    }

    /** WooCommerce > Status > Logs, at most a line an hour. */
    final class Log
    {
        private const EVERY_S = 3600;

        public static function warn(string $text): void
        {
            $pause = Pause::read();
            if (!function_exists('wc_get_logger') || time() - $pause['logged'] < self::EVERY_S) {
                return;
            }
            Pause::write(['logged' => time()] + $pause);
            wc_get_logger()->warning($text, ['source' => 'tajo-collector']);
        }

        /** Whatever goes wrong in here is no shopper's business. */
        public static function guard(callable $work): void
        {
            try {
                $work();
            } catch (\Throwable $problem) {
                self::warn(get_class($problem) . ': ' . $problem->getMessage());
            }
        }
    }

    /** The settings page: WooCommerce > Tajo Collector. */
    final class Admin
    {
        private const PAGE = 'tajo-collector';

        public static function watch(): void
        {
            add_action('admin_menu', [self::class, 'menu'], 60, 0);
            add_action('admin_init', [self::class, 'register'], 10, 0);
            add_action('admin_notices', [self::class, 'notices'], 10, 0);
            add_filter('option_page_capability_' . self::PAGE, [self::class, 'capability']);
            add_filter('plugin_action_links_' . plugin_basename(__FILE__), [self::class, 'links']);
        }

        /** Shop managers may; without WooCommerce there are none. */
        public static function capability(): string
        {
            return function_exists('WC') ? 'manage_woocommerce' : 'manage_options';
        }

        public static function menu(): void
        {
            $parent = function_exists('WC') ? 'woocommerce' : 'options-general.php';
            $name = __('Tajo Collector', 'tajo-collector');
            add_submenu_page($parent, $name, $name, self::capability(), self::PAGE, [self::class, 'page']);
        }

        public static function register(): void
        {
            register_setting(self::PAGE, Settings::OPTION, [
                'type' => 'array',
                'sanitize_callback' => [self::class, 'sanitized'],
                'show_in_rest' => false,
            ]);
            add_settings_section('tajo_collector', '', '__return_false', self::PAGE);
            foreach (self::fields() as $name => $field) {
                add_settings_field(
                    'tajo_collector_' . $name,
                    esc_html($field[0]),
                    [self::class, 'field'],
                    self::PAGE,
                    'tajo_collector',
                    ['name' => $name, 'hint' => $field[1], 'label_for' => 'tajo_collector_' . $name]
                );
            }
            if (function_exists('wp_add_privacy_policy_content')) {
                wp_add_privacy_policy_content(
                    __('Tajo Collector', 'tajo-collector'),
                    '<p>' . esc_html(Privacy::policy()) . '</p>'
                );
            }
        }

        public static function notices(): void
        {
            if (!current_user_can(self::capability())) {
                return;
            }
            if (!function_exists('WC')) {
                $text = __('Tajo Collector: WooCommerce is missing, so there is nothing to tell.', 'tajo-collector');
                self::notice('error', $text);
            } elseif (!Settings::isComplete()) {
                $text = __('Tajo Collector: the collector’s address or the site key is missing.', 'tajo-collector');
                self::notice('warning', $text);
            }
        }

        public static function links($links): array
        {
            $page = function_exists('WC') ? 'admin.php' : 'options-general.php';
            $address = admin_url($page . '?page=' . self::PAGE);
            $link = sprintf('<a href="%s">%s</a>', esc_url($address), esc_html__('Settings', 'tajo-collector'));
            return array_merge([$link], (array) $links);
        }

        /** What is stored of what was typed: an empty key keeps the one that is there. */
        public static function sanitized($given): array
        {
            $given = is_array($given) ? $given : [];
            $before = Settings::stored();
            $typed = function ($name) use ($given) {
                return isset($given[$name]) && is_string($given[$name]) ? trim(sanitize_text_field($given[$name])) : '';
            };
            $kept = [];
            $url = rtrim($typed('url'), '/');
            if ('' === $url || preg_match('~^https?://[^/\s?#@]+(/[^\s?#]*)?$~D', $url)) {
                $kept['url'] = esc_url_raw($url, ['http', 'https']);
            } else {
                $kept['url'] = isset($before['url']) ? (string) $before['url'] : '';
                $text = __('The collector’s address looks like https://collect.example.com', 'tajo-collector');
                self::complain('url', $text);
            }
            $key = $typed('site_key');
            if ('' === $key || preg_match('/^[A-Za-z0-9_-]{8,64}$/D', $key)) {
                $kept['site_key'] = $key;
            } else {
                $kept['site_key'] = isset($before['site_key']) ? (string) $before['site_key'] : '';
                self::complain('site_key', __('A site key is 8 to 64 letters, digits, _ or -', 'tajo-collector'));
            }
            $secret = $typed('identity_key');
            $kept['identity_key'] = '' !== $secret ? $secret : (string) ($before['identity_key'] ?? '');
            $path = $typed('path');
            $kept['path'] = preg_match('~^/?[A-Za-z0-9_./-]*$~D', $path) ? $path : '';
            $kept['opt_in_label'] = $typed('opt_in_label');
            foreach (Settings::CHOICES as $name => $allowed) {
                $kept[$name] = in_array($typed($name), $allowed, true) ? $typed($name) : $allowed[0];
            }
            return $kept;
        }

        public static function field(array $of): void
        {
            $name = $of['name'];
            $id = 'tajo_collector_' . $name;
            $input = Settings::OPTION . '[' . $name . ']';
            $fixed = Settings::isFixed($name) && !Settings::isOfSite($name) ? ' disabled' : '';
            if (isset(Settings::CHOICES[$name])) {
                printf('<select id="%s" name="%s"%s>', esc_attr($id), esc_attr($input), esc_attr($fixed));
                foreach (self::words($name) as $value => $words) {
                    $selected = $value === Settings::get($name) ? ' selected' : '';
                    printf('<option value="%s"%s>%s</option>', esc_attr($value), esc_attr($selected), esc_html($words));
                }
                echo '</select>';
            } else {
                $is_secret = 'identity_key' === $name;
                printf(
                    '<input id="%s" name="%s" type="%s" value="%s" placeholder="%s"'
                    . ' class="regular-text" autocomplete="off"%s>',
                    esc_attr($id),
                    esc_attr($input),
                    $is_secret ? 'password' : 'text',
                    $is_secret ? '' : esc_attr((string) (Settings::stored()[$name] ?? '')),
                    esc_attr($is_secret ? self::masked(Settings::get($name)) : Settings::get($name)),
                    esc_attr($fixed)
                );
            }
            $hint = $of['hint'];
            if ($fixed) {
                /* translators: %s: the name of a constant */
                $hint = sprintf(__('Set in wp-config.php (%s).', 'tajo-collector'), Settings::constant($name));
            } elseif (Settings::isConstant($name)) {
                /* translators: %s: the name of a constant */
                $text = __('wp-config.php has one for sites that have no key of their own (%s).', 'tajo-collector');
                $hint = sprintf($text, Settings::constant($name));
            }
            printf('<p class="description">%s</p>', esc_html($hint));
        }

        public static function page(): void
        {
            if (!current_user_can(self::capability())) {
                return;
            }
            echo '<div class="wrap"><h1>' . esc_html__('Tajo Collector', 'tajo-collector') . '</h1>';
            if (function_exists('WC')) {
                settings_errors(); // below Settings WordPress shows them itself
            }
            $is_test = isset($_POST['tajo_collector_test']);
            if ($is_test && check_admin_referer('tajo_collector_test')) {
                foreach (Health::test() as list($is_fine, $line)) {
                    self::notice($is_fine ? 'success' : 'error', $line);
                }
            }
            echo '<form method="post" action="' . esc_url(admin_url('options.php')) . '">';
            settings_fields(self::PAGE);
            do_settings_sections(self::PAGE);
            submit_button();
            echo '</form><h2>' . esc_html__('How it stands', 'tajo-collector') . '</h2><ul>';
            foreach (Health::lines() as list($is_fine, $line)) {
                echo '<li>' . ($is_fine ? '✓ ' : '✗ ') . esc_html($line) . '</li>';
            }
            echo '</ul><form method="post">';
            wp_nonce_field('tajo_collector_test');
            submit_button(__('Test the connection', 'tajo-collector'), 'secondary', 'tajo_collector_test');
            echo '</form></div>';
        }

        private static function masked(string $secret): string
        {
            return '' === $secret ? '' : str_repeat('•', 12) . substr($secret, -4);
        }

        private static function notice(string $kind, string $text): void
        {
            printf('<div class="notice notice-%s"><p>%s</p></div>', esc_attr($kind), esc_html($text));
        }

        private static function complain(string $name, string $text): void
        {
            if (function_exists('add_settings_error')) {
                add_settings_error(Settings::OPTION, $name, $text);
            }
        }

        /** Name of the setting => [what it is called, what it means]. */
        private static function fields(): array
        {
            return [
                'url' => [
                    __('Collector’s address', 'tajo-collector'),
                    __('As tajo connectors install prints it, such as https://collect.example.com', 'tajo-collector'),
                ],
                'site_key' => [
                    __('Site key', 'tajo-collector'),
                    __('Names your shop. It stands in every page and is no secret.', 'tajo-collector'),
                ],
                'identity_key' => [
                    __('Identity key', 'tajo-collector'),
                    __('Signs what this server tells. Empty: the stored one stays.', 'tajo-collector'),
                ],
                'path' => [
                    __('Path', 'tajo-collector'),
                    __('Only if your collector has another one than /c', 'tajo-collector'),
                ],
                'consent' => [
                    __('Consent', 'tajo-collector'),
                    __('Of visitors who were not asked, or gave no answer. Set the collector alike.', 'tajo-collector'),
                ],
                'carts' => [
                    __('Carts are told by', 'tajo-collector'),
                    __('The server knows every change; the browser only those that its script sees.', 'tajo-collector'),
                ],
                'capture' => [
                    __('E-mail address of the checkout', 'tajo-collector'),
                    __('As tracker: capture says in your collector’s settings.', 'tajo-collector'),
                ],
                'opt_in' => [
                    __('Box for news by e-mail', 'tajo-collector'),
                    __('In both checkouts. It never comes ticked, and an empty one changes nothing.', 'tajo-collector'),
                ],
                'opt_in_label' => [
                    __('What the box says', 'tajo-collector'),
                    __('Empty: a sentence in the language of the shop.', 'tajo-collector'),
                ],
            ];
        }

        private static function words(string $name): array
        {
            $words = [
                'required' => __('nothing is told of them', 'tajo-collector'),
                'implied' => __('they are told of like those who agreed', 'tajo-collector'),
                'auto' => __('this server, unless pages would wait for it', 'tajo-collector'),
                'server' => __('this server', 'tajo-collector'),
                'browser' => __('the browser', 'tajo-collector'),
                'submitted' => __('told when the order is placed', 'tajo-collector'),
                'typed' => __('told when it is typed', 'tajo-collector'),
                'show' => __('shown', 'tajo-collector'),
                'hide' => __('not shown', 'tajo-collector'),
            ];
            return array_intersect_key($words, array_flip(Settings::CHOICES[$name]));
        }
    }

    /** What works and what does not, each with its cure. Lines of [is it fine, what it says]. */
    final class Health
    {
        public static function lines(): array
        {
            $lines = [];
            $has_key = '' !== Settings::get('identity_key');
            $lines[] = function_exists('WC')
                ? [true, 'WooCommerce ' . (defined('WC_VERSION') ? WC_VERSION : '')]
                : [false, __('WooCommerce is missing.', 'tajo-collector')];
            $lines[] = Settings::isComplete()
                ? [true, sprintf(
                    /* translators: %s: an address */
                    __('Pages load the script from %s', 'tajo-collector'),
                    apply_filters('tajo_collector_script_url', Settings::door() . '.js')
                )]
                : [false, __('Pages load no script: the address or the site key is missing.', 'tajo-collector')];
            if (!$has_key) {
                $text = __('Without the identity key nobody is known as logged in.', 'tajo-collector');
                $lines[] = [false, $text];
            }
            $lines[] = self::consent();
            $lines[] = self::isBlocked()
                ? [false, sprintf(
                    /* translators: %s: a host name */
                    __('WP_HTTP_BLOCK_EXTERNAL forbids it: add %s to WP_ACCESSIBLE_HOSTS.', 'tajo-collector'),
                    (string) wp_parse_url(Settings::get('url'), PHP_URL_HOST)
                )]
                : [true, __('WordPress lets this server call the collector.', 'tajo-collector')];
            $lines[] = self::pages();
            $pause = Pause::read();
            if ($pause['failures'] > 0) {
                $lines[] = [false, sprintf(
                    /* translators: 1: a number, 2: what went wrong */
                    __('The collector did not take the last %1$d calls: %2$s', 'tajo-collector'),
                    $pause['failures'],
                    $pause['why']
                )];
            }
            return $lines;
        }

        /** Asks the collector now: is it there, does it know this shop, does the signature fit? */
        public static function test(): array
        {
            if (!Settings::isComplete()) {
                return [[false, __('The address or the site key is missing.', 'tajo-collector')]];
            }
            $alive = wp_remote_get(rtrim(Settings::get('url'), '/') . '/healthz', ['timeout' => 5, 'redirection' => 0]);
            if (is_wp_error($alive)) {
                /* translators: %s: what went wrong */
                $text = __('The collector cannot be reached: %s', 'tajo-collector');
                return [[false, sprintf($text, $alive->get_error_message())]];
            }
            $status = (int) wp_remote_retrieve_response_code($alive);
            if (200 !== $status || 'OK' !== trim(wp_remote_retrieve_body($alive))) {
                /* translators: %d: an HTTP status */
                $text = __('Something else than the collector answers there (%d).', 'tajo-collector');
                return [[false, sprintf($text, $status)]];
            }
            $lines = [[true, __('The collector answers.', 'tajo-collector')]];
            if ('' !== Settings::get('identity_key')) {
                $lines[] = self::judged(Sender::ask(5));
            }
            return $lines;
        }

        private static function judged($answer): array
        {
            if (is_wp_error($answer)) {
                return [false, $answer->get_error_message()];
            }
            switch ((int) wp_remote_retrieve_response_code($answer)) {
                case 204:
                    Pause::end(time());
                    return self::said((string) wp_remote_retrieve_header($answer, 'x-collector'));
                case 400:
                    return [false, __('The identity key is not the one the collector has.', 'tajo-collector')];
                case 404:
                    return [false, __('No shop has this site key there, or the path is another.', 'tajo-collector')];
                default:
                    /* translators: %d: an HTTP status */
                    $text = __('The collector answered %d.', 'tajo-collector');
                    return [false, sprintf($text, (int) wp_remote_retrieve_response_code($answer))];
            }
        }

        /** The call said of nobody whether they agreed, so the answer tells how the collector takes that. */
        private static function said(string $word): array
        {
            if ('dropped=disabled' === $word) {
                return [false, __('The collector knows this shop, but it is switched off there.', 'tajo-collector')];
            }
            if ('dropped=consent_unknown' === $word && 'implied' === Settings::get('consent')) {
                $text = __('It keeps nothing of visitors who were not asked: set it there, too.', 'tajo-collector');
                return [false, $text];
            }
            return [true, __('It knows this shop, and the signature fits.', 'tajo-collector')];
        }

        private static function consent(): array
        {
            if ('' !== Consent::type()) {
                /* translators: %s: optin, optout … */
                return [true, sprintf(__('A consent banner is asked (%s).', 'tajo-collector'), Consent::type())];
            }
            if (has_filter('tajo_collector_consent')) {
                return [true, __('Your own code says who agreed (tajo_collector_consent).', 'tajo-collector')];
            }
            $none = __('No consent banner speaks the WP Consent API.', 'tajo-collector') . ' ';
            return 'implied' === Settings::get('consent')
                ? [true, $none . __('Everybody who did not refuse is told of.', 'tajo-collector')]
                : [false, $none . __('This server cannot know who agreed: the browser tells carts.', 'tajo-collector')];
        }

        private static function pages(): array
        {
            if ('browser' === Settings::get('carts')) {
                return [true, __('The browser tells carts.', 'tajo-collector')];
            }
            if (Response::canFinish()) {
                return [true, __('Pages are finished before the collector is told.', 'tajo-collector')];
            }
            if (Response::canComeFirst()) {
                $text = __('Pages come whole, with their length, before the collector is told.', 'tajo-collector');
                return [true, $text];
            }
            return [false, implode(' ', [
                __('This PHP ends a page when it ends itself.', 'tajo-collector'),
                Response::isKeptBack()
                    ? __('zlib.output_compression keeps them back: let the web server compress.', 'tajo-collector')
                    : __('With PHP-FPM, LiteSpeed or Apache’s module pages come first.', 'tajo-collector'),
                'auto' === Settings::get('carts')
                    ? __('So the browser tells carts.', 'tajo-collector')
                    : self::waiting(),
            ])];
        }

        private static function waiting(): string
        {
            return __('A request that changes the cart waits for the collector, up to 0.4 s.', 'tajo-collector') . ' '
                . __('If it does not answer, only the first waits; then WordPress’s cron asks.', 'tajo-collector');
        }

        /** Whether WordPress would refuse to call the collector. */
        private static function isBlocked(): bool
        {
            return Settings::isComplete() && (new \WP_Http())->block_request(Settings::door());
        }
    }

    /** Tools > Export and Erase Personal Data. */
    final class Privacy
    {
        private const PER_PAGE = 20;
        private const META = ['_tajo_id', '_tajo_consent', '_tajo_opt_in', '_wc_other/tajo/marketing-opt-in'];

        public static function exporters($exporters): array
        {
            $exporters['tajo-collector'] = [
                'exporter_friendly_name' => __('Tajo Collector', 'tajo-collector'),
                'callback' => [self::class, 'export'],
            ];
            return $exporters;
        }

        public static function erasers($erasers): array
        {
            $erasers['tajo-collector'] = [
                'eraser_friendly_name' => __('Tajo Collector', 'tajo-collector'),
                'callback' => [self::class, 'erase'],
            ];
            return $erasers;
        }

        /** What the orders of this address hold. */
        public static function export($email, $page = 1): array
        {
            $names = [
                __('Random number of the browser', 'tajo-collector'),
                __('Refused by the browser', 'tajo-collector'),
                __('Box for news by e-mail', 'tajo-collector'),
                __('Box for news by e-mail', 'tajo-collector'),
            ];
            $groups = [];
            $orders = self::orders((string) $email, (int) $page);
            foreach ($orders as $order) {
                $data = [];
                foreach (self::META as $place => $key) {
                    $value = (string) $order->get_meta($key);
                    if ('' !== $value) {
                        $data[] = ['name' => $names[$place], 'value' => $value];
                    }
                }
                if ($data) {
                    $groups[] = [
                        'group_id' => 'tajo-collector',
                        'group_label' => __('Tajo Collector', 'tajo-collector'),
                        'item_id' => 'tajo-collector-order-' . $order->get_id(),
                        'data' => array_merge(
                            [['name' => __('Order', 'tajo-collector'), 'value' => (string) $order->get_id()]],
                            $data
                        ),
                    ];
                }
            }
            return ['data' => $groups, 'done' => count($orders) < self::PER_PAGE];
        }

        /** Takes our marks off the orders. What the collector knows is erased there: it has an address of its own. */
        public static function erase($email, $page = 1): array
        {
            $is_removed = false;
            $orders = self::orders((string) $email, (int) $page);
            foreach ($orders as $order) {
                $is_marked = false;
                foreach (self::META as $key) {
                    if ('' !== (string) $order->get_meta($key)) {
                        $order->delete_meta_data($key);
                        $is_marked = true;
                    }
                }
                if ($is_marked) {
                    $order->save();
                    $is_removed = true;
                }
            }
            $is_done = count($orders) < self::PER_PAGE;
            /* translators: %s: an e-mail address */
            $text = __('The collector has to be told: tajo privacy erase %s', 'tajo-collector');
            $messages = $is_done ? [sprintf($text, (string) $email)] : [];
            return [
                'items_removed' => $is_removed,
                'items_retained' => false,
                'messages' => $messages,
                'done' => $is_done,
            ];
        }

        public static function policy(): string
        {
            return implode(' ', [
                __('With your consent we note the pages and products you see and your cart.', 'tajo-collector'),
                __('That is kept under a random number in your browser (tajo_id, 400 days).', 'tajo-collector'),
                __('We also note your e-mail address when you give it in the checkout.', 'tajo-collector'),
                __('An order keeps that number, so that you are not reminded of a cart you bought.', 'tajo-collector'),
                __('If you refuse, none of this is kept.', 'tajo-collector'),
            ]);
        }

        private static function orders(string $email, int $page): array
        {
            if (!function_exists('wc_get_orders') || !is_email($email)) {
                return [];
            }
            // As WooCommerce's own eraser: an order of the account may have somebody else's address on its bill.
            $user = get_user_by('email', $email);
            $orders = wc_get_orders([
                'customer' => $user ? [$email, (int) $user->ID] : [$email],
                'limit' => self::PER_PAGE,
                'page' => max(1, $page),
                'orderby' => 'ID',
                'order' => 'ASC',
            ]);
            // Refunds are listed, too, and have nothing of ours.
            return array_values(array_filter((array) $orders, 'is_object'));
        }
    }

    /** Which hooks there are. */
    final class Plugin
    {
        public static function start(): void
        {
            add_action('init', [self::class, 'languages'], -10, 0);
            add_action('before_woocommerce_init', [self::class, 'compatible'], 10, 0);
            add_action('wp_enqueue_scripts', [Pages::class, 'scripts'], 10, 0);
            add_action('rest_api_init', [Pages::class, 'routes'], 5, 0); // the Store API describes itself at 10
            add_action('woocommerce_checkout_create_order', [Visitor::class, 'mark'], 10, 1);
            add_action('woocommerce_store_api_checkout_update_order_meta', [Visitor::class, 'mark'], 10, 1);
            add_filter('wp_consent_api_registered_' . plugin_basename(__FILE__), '__return_true');
            add_filter('wp_privacy_personal_data_exporters', [Privacy::class, 'exporters']);
            // WooCommerce's, at 10, may take the address off the bill, by which ours finds the order.
            add_filter('wp_privacy_personal_data_erasers', [Privacy::class, 'erasers'], 5);
            Carts::watch();
            Checkout::watch();
            Admin::watch();
            add_action(Pause::OVER, [Sender::class, 'tryAgain'], 10, 0);
            register_activation_hook(__FILE__, [self::class, 'activated']);
        }

        public static function languages(): void
        {
            load_plugin_textdomain('tajo-collector', false, dirname(plugin_basename(__FILE__)) . '/languages');
        }

        /** Orders in their own tables, and the checkout of blocks. */
        public static function compatible(): void
        {
            // Of the plugins that must be there WooCommerce asks nothing, and says in its log that it knows none such.
            $must_be_there = wp_normalize_path(WPMU_PLUGIN_DIR) . '/';
            if (0 === strpos(wp_normalize_path(__FILE__), $must_be_there)) {
                return;
            }
            if (class_exists('\Automattic\WooCommerce\Utilities\FeaturesUtil')) {
                foreach (['custom_order_tables', 'cart_checkout_blocks'] as $feature) {
                    \Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility($feature, __FILE__, true);
                }
            }
        }

        public static function activated(): void
        {
            register_uninstall_hook(__FILE__, [self::class, 'uninstall']);
        }

        /** Takes the settings of every site away. Marks on orders stay: they belong to the orders. */
        public static function uninstall(): void
        {
            $sites = is_multisite() ? get_sites(['fields' => 'ids', 'number' => 0]) : [0];
            foreach ($sites as $site) {
                if ($site) {
                    switch_to_blog((int) $site);
                }
                delete_option(Settings::OPTION);
                delete_option(Pause::OPTION);
                wp_unschedule_hook(Pause::OVER);
                if ($site) {
                    restore_current_blog();
                }
            }
        }
    }

    Plugin::start();
}
