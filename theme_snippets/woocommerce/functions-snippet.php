/*
 * Tajo Collector, version 1
 * Where:  the child theme's functions.php, at its end (a change of the theme loses it).
 * Sends:  pages, products, categories and searches looked at, cart content, checkout steps, the e-mail address given
 *         in the checkout; who is logged in, signed. Nothing before consent, where your shop asks for it.
 *         No customer's data stands in the page, so pages may be cached.
 * Remove: delete these lines.
 */
add_action(
	'wp_enqueue_scripts',
	function () {
		if ( ! function_exists( 'WC' ) || is_customize_preview() || is_preview() ) {
			return;
		}
		$settings = array( 'rest' => rest_url() );
		$product  = is_product() ? wc_get_product( get_queried_object_id() ) : null;
		if ( $product ) {
			$categories          = wp_get_post_terms( $product->get_id(), 'product_cat', array( 'fields' => 'names' ) );
			$settings['product'] = array(
				'id'         => (string) $product->get_id(),
				'sku'        => $product->get_sku(),
				'name'       => wp_strip_all_tags( $product->get_name() ),
				'price'      => wc_format_decimal( wc_get_price_to_display( $product ), wc_get_price_decimals() ),
				'currency'   => get_woocommerce_currency(),
				'url'        => $product->get_permalink(),
				'image'      => (string) wp_get_attachment_image_url( $product->get_image_id(), 'woocommerce_single' ),
				'categories' => is_wp_error( $categories ) ? array() : array_map( 'html_entity_decode', $categories ),
			);
		}
		$json = wp_json_encode( $settings, JSON_HEX_TAG | JSON_HEX_AMP | JSON_INVALID_UTF8_SUBSTITUTE );
		wp_enqueue_script( 'tajo-collector', '[[ base_url ]][[ path ]]/[[ site_key ]].js', array(), null, array( 'strategy' => 'defer' ) );
		wp_add_inline_script( 'tajo-collector', "window.tajoConfig = Object.assign({ siteKey: '[[ site_key ]]' }, $json);", 'before' );
	}
);

// Who is logged in, for the script alone: never cached, never in a page, not readable from other sites.
add_action(
	'rest_api_init',
	function () {
		register_rest_route(
			'tajo/v1',
			'/me',
			array(
				'methods'             => 'GET',
				// Other sites' pages cannot send this header: WordPress does not allow it across origins.
				'permission_callback' => function ( $request ) {
					return '1' === $request->get_header( 'x_tajo' ) && ! $request->get_header( 'origin' );
				},
				'callback'            => function () {
					// Without a nonce WordPress takes nobody for logged in here; the cookie is asked instead.
					$user   = get_userdata( (int) wp_validate_auth_cookie( '', 'logged_in' ) );
					$answer = new WP_REST_Response( null, 204 );
					if ( $user ) {
						$email  = strtolower( $user->user_email );
						$day    = gmdate( 'Y-m-d' );
						$text   = 'v1|[[ site_key ]]|' . $user->ID . '|' . $day . '|' . $email;
						$answer = new WP_REST_Response(
							array(
								'customerId'    => (string) $user->ID,
								'customerEmail' => $email,
								'customerName'  => $user->first_name ? $user->first_name : $user->display_name,
								'signedOn'      => $day,
								'signature'     => hash_hmac( 'sha256', $text, '[[ identity_key ]]' ),
							)
						);
					}
					$answer->header( 'Cache-Control', 'no-store, private' );
					return $answer;
				},
			)
		);
	}
);

// A cart line of a variation tells its product too.
add_action(
	'woocommerce_blocks_loaded',
	function () {
		woocommerce_store_api_register_endpoint_data(
			array(
				'endpoint'        => 'cart-item',
				'namespace'       => 'tajo',
				'data_callback'   => function ( $line ) {
					return array( 'product_id' => (string) $line['product_id'] );
				},
				'schema_callback' => function () {
					return array(
						'product_id' => array(
							'description' => 'The product of the line',
							'type'        => 'string',
							'readonly'    => true,
						),
					);
				},
				'schema_type'     => ARRAY_A,
			)
		);
	}
);
