// WooCommerce, classic and block themes: what the page shows, and the cart from the Store API.
//
// Pages come out of caches, so nothing here takes a page's word for who is looking or what lies in the cart:
// the shop's own server is asked, and only when a cookie or a class says that there may be something new.

import { watchCart } from './cart.js'
import { watchContact } from './contact.js'
import { wordpress as consent } from './consent.js'
import { identify, start, track } from './core.js'
import { cookie, mark } from './keep.js'
import { ignored, on, safely, settings } from './setup.js'

// Requests that may change the cart, and what the plugins say that change it by requests of their own.
const CHANGES = /wc-ajax=(?!get_|update_order|checkout)|store\/v1\/(batch|cart\/)/
const JQUERY_EVENTS = 'added_to_cart removed_from_cart updated_wc_div'
const PLACE_ORDER = '[class*=place-order-button]' // of the block; a classic checkout is a form that is sent

/** The class of the body that this pattern describes. */
const is = name => ` ${document.body.className} `.match(` ${name} `)
const asked = mark('tajo_me', 'sessionStorage')
const told = mark('tajo_checkout', 'sessionStorage')
const cartHash = () => cookie('woocommerce_cart_hash') || ''

/** From the shop's own server: `tajoConfig.rest` says where its interface is, if not here. */
const ask = path =>
  fetch((settings.rest || '/wp-json/') + path, { headers: { 'X-Tajo': '1' } }).then(answer => answer.ok && answer.json())

/** The Store API writes names as they stand in pages, with entities. */
const plain = safely(text => new DOMParser().parseFromString(text, 'text/html').body.textContent)

function toCart({ items, totals: { currency_code: currency, currency_minor_unit: digits } }) {
  let sum = 0
  const money = minor => (minor >= 0 ? (minor / 10 ** digits).toFixed(digits) : '')
  return {
    items: items.map(({ id, sku, name, permalink, images, variation, quantity, prices, totals, extensions }) => {
      const { product_id, name: written } = extensions?.tajo || {} // from the snippet
      const variant_id = variation?.[0] ? id : ''
      // Totals come without tax; the shopper sees them as the price of one is shown.
      const isGross = prices.price * quantity > +totals.line_subtotal + totals.line_subtotal_tax / 2
      const line = +totals.line_total + /** @type {number} */ (isGross && +totals.line_total_tax)
      sum += line
      return {
        id: product_id || id,
        variant_id,
        sku,
        name: written || plain(name) || name,
        variant_name: variant_id && plain(variation.map(part => part.value).join(' / ')),
        price: money(prices.price),
        url: permalink,
        image: images?.[0]?.src,
        quantity: Math.ceil(quantity),
        line_total: money(line)
      }
    }),
    currency,
    total: money(sum)
  }
}

let cart

// Previews are dropped by the collector.
const platform = {
  consent,
  look() {
    const query = new URLSearchParams(location.search).get('s')
    // The snippet prints the product; without it, the little that every theme says.
    const [, id] = is('single-product postid-(\\d+)') || []
    const product = settings.product || (id && { id, name: document.title })
    if (product) track('product_viewed', { product })
    if (is('tax-product_\\w+')) track('collection_viewed')
    if (query) track('search_submitted', { query })
    cart?.lookedAt()
  },
  start() {
    const isOrdered = is('woocommerce-order-(received|pay)')
    const isCheckout = is('woocommerce-checkout')
    cart = watchCart({
      read: () => ask('wc/store/v1/cart').then(content => ({ cart: toCart(content), hint: cartHash() })),
      hint: cartHash,
      changes: CHANGES,
      isOrdered: isOrdered || isCheckout // an order may be under way when a cart is read there
    })
    // jQuery's events are its own. Bound twice they are still one change.
    const bind = () => window.jQuery?.(document.body).on(JQUERY_EVENTS, cart.soon)
    bind()
    on('load', bind)
    // Who is logged in, signed by the shop's server: asked once in a tab, and where orders are made.
    if (!is('logged-in')) {
      if (asked()) identify(settings) // nobody any more, unless the page itself says who
      asked('')
    } else if (!asked() || isCheckout) {
      ask('tajo/v1/me')
        .then(who => {
          asked(1)
          if (who) identify(who)
        })
        .catch(ignored)
    }

    // Once per tab for an order or a cart: a reload begins nothing.
    const once = (what, type, fields) => {
      if (what === told()) return ignored('told before')
      told(what)
      track(type, fields)
    }
    if (isOrdered) {
      const [, order_id] = location.href.match(/order-received[/=](\d+)/) || []
      if (order_id) once(order_id, 'order_confirmed', { order_id })
    } else if (isCheckout) {
      watchContact(PLACE_ORDER)
      return cart
        .latest()
        .then(safely(cart => once(JSON.stringify(cart || 0), 'checkout_started', { cart })))
    }
    cart.lookedAt()
  }
}

// A script tag in the head may come before the body, which says what the page is.
if (document.body) start(platform)
else on('DOMContentLoaded', () => start(platform))
