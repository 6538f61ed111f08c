/*
 * Tajo Collector, version 1
 * Where:  the child theme's functions.php, at its end (a change of the theme loses it).
 * Sends:  pages, products, categories and searches looked at, cart content, checkout steps. Nothing before
 *         consent, where your shop asks for it. No customer's data stands in the page, so pages may be cached.
 * Remove: delete these lines.
 */
add_action( 'wp_enqueue_scripts', function () {
	if ( is_admin() || is_customize_preview() || is_preview() ) {
		return;
	}
	wp_enqueue_script( 'tajo-collector', '[[ base_url ]]/woocommerce.js', array(), null, array( 'strategy' => 'defer' ) );
	wp_add_inline_script( 'tajo-collector', "window.tajoConfig = { siteKey: '[[ site_key ]]' };", 'before' );
} );
