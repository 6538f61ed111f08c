// WooCommerce, classic and block themes: what the page shows, and the cart from the Store API.

import { watchCart } from './cart.js'
import { watchContact } from './contact.js'
import { wordpress as consent } from './consent.js'
import { identify, start, track } from './core.js'
import { cookie, mark } from './keep.js'
import { ignored, money, on, safely, settings } from './setup.js'

const CART_EVENTS = 'wc-blocks_added_to_cart wc-blocks_removed_from_cart wc-blocks_store_sync_required'
const JQUERY_EVENTS =
  'added_to_cart removed_from_cart updated_cart_totals updated_wc_div item_removed_from_classic_cart applied_coupon removed_coupon'
const PLACE_ORDER = '#place_order, .wc-block-components-checkout-place-order-button'

const is = name => document.body.classList.contains(name)
const ordered = mark('tajo_order')
const me = mark('tajo_me', 'sessionStorage')
const begun = mark('tajo_checkout', 'sessionStorage')
const fromJson = safely(JSON.parse)

/** WordPress says where its API is; plain permalinks make it `/index.php?rest_route=/`. */
function api(path) {
  const link = document.querySelector('link[rel="https://api.w.org/"]')
  const root = new URL(settings.rest || (link && link.href) || '/wp-json/', location.href)
  return root.pathname + root.search + path
}

/** Names come with entities in them. */
function plain(text) {
  try {
    return new DOMParser().parseFromString(text, 'text/html').documentElement.textContent
  } catch (problem) {
    ignored('trusted types', problem)
    return text
  }
}

function toItem(item) {
  const { prices, totals, variation, images } = item
  const digits = prices.currency_minor_unit
  const sum = prices.price * item.quantity
  const net = Number(totals.line_subtotal)
  const gross = net + Number(totals.line_subtotal_tax)
  // Totals come without tax; the shopper sees them as the unit price is shown.
  const isGross = Math.abs(sum - gross) < Math.abs(sum - net)
  const lineMinor = Number(totals.line_total) + (isGross ? Number(totals.line_total_tax) : 0)
  const more = (item.extensions && item.extensions.tajo) || {}
  const isVariation = Boolean(variation && variation.length)
  return {
    lineMinor,
    id: String(more.product_id || item.id),
    variant_id: isVariation ? String(item.id) : undefined,
    sku: item.sku,
    name: plain(item.name),
    variant_name: isVariation ? plain(variation.map(part => part.value).join(' / ')) : undefined,
    price: money(prices.price, digits),
    currency: prices.currency_code,
    url: item.permalink,
    image: images && images[0] && images[0].src,
    quantity: Math.max(1, Math.round(item.quantity)),
    line_total: money(lineMinor, digits)
  }
}

async function readCart() {
  const answer = await fetch(api('wc/store/v1/cart'), { headers: { Accept: 'application/json' } })
  if (!answer.ok) throw answer.status
  const { items, totals } = await answer.json()
  const lines = items.map(toItem)
  const total = lines.reduce((sum, line) => sum + line.lineMinor, 0)
  for (const line of lines) delete line.lineMinor
  return {
    cart: { currency: totals.currency_code, total: money(total, totals.currency_minor_unit), items: lines },
    hint: cookie('woocommerce_cart_hash') || ''
  }
}

/** From `tajoConfig.product`, which the snippet prints; else what the page says of itself to search engines. */
function product() {
  if (settings.product) return settings.product
  const form = document.querySelector('form.variations_form')
  const inBody = /(?:^| )postid-(\d+)/.exec(document.body.className)
  const id = (form && form.dataset.product_id) || (inBody && inBody[1])
  if (!id) return
  const said = [...document.querySelectorAll('script[type="application/ld+json"]')]
    .flatMap(script => fromJson(script.textContent) || [])
    .flatMap(thing => thing['@graph'] || thing)
    .find(thing => thing['@type'] === 'Product') || {}
  const offer = [said.offers || {}].flat()[0]
  const { price, priceCurrency } = [offer.priceSpecification || offer].flat()[0]
  return {
    id,
    name: said.name ? plain(said.name) : document.title,
    price: price && money(price, 0) && String(price),
    currency: priceCurrency || offer.priceCurrency,
    url: location.href.split('#')[0]
  }
}

/** Who is logged in, signed by the shop's server. Asked once a session: it is never in the page, which may be cached. */
function findWho() {
  if (!is('logged-in')) return me('')
  const known = fromJson(me() || '0')
  if (known) return identify(known)
  fetch(api('tajo/v1/me'), { headers: { 'X-Tajo': '1' } })
    .then(answer => (answer.ok ? answer.text() : Promise.reject(answer.status)))
    .then(text => {
      me(text)
      identify(JSON.parse(text))
    })
    .catch(problem => ignored('not told who', problem))
}

let cart
let isOrdered = false

start({
  consent,
  silence() {
    if (/[?&](customize_changeset_uuid|customize_theme|elementor-preview|preview=true)/.test(location.search)) {
      return 'preview'
    }
  },
  look() {
    const query = new URLSearchParams(location.search).get('s')
    const shown = is('single-product') && product()
    if (shown) track('product_viewed', { product: shown })
    if (is('tax-product_cat') || is('tax-product_tag') || is('tax-product_brand')) track('collection_viewed')
    if (query) track('search_submitted', { query })
    if (cart) cart.lookedAt()
  },
  start() {
    isOrdered = is('woocommerce-order-received')
    findWho()
    cart = watchCart({
      read: readCart,
      hint: () => cookie('woocommerce_cart_hash') || '',
      changes: /[?&]wc-ajax=(?!get_refreshed_fragments)|wc\/store\/v1\/(batch|cart\/)/,
      isOrdered
    })
    on(document, CART_EVENTS, cart.soon)
    on(window, CART_EVENTS, cart.soon)
    let isBound = false
    const bind = () => {
      if (!window.jQuery || isBound) return
      isBound = true
      window.jQuery(document.body).on(JQUERY_EVENTS, cart.soon)
    }
    bind()
    on(window, 'load', bind)

    if (isOrdered) {
      const found = /order-received[/=](\d+)/.exec(location.href)
      if (found && ordered() !== found[1]) {
        ordered(found[1])
        track('order_confirmed', { order_id: found[1] })
      }
    } else if (is('woocommerce-checkout') && !is('woocommerce-order-pay')) {
      watchContact(PLACE_ORDER)
      // Once per tab and cart: a reload begins nothing.
      cart.latest().then(
        safely(content => {
          const now = JSON.stringify(content || 0)
          if (now === begun()) return ignored('checkout begun before')
          begun(now)
          track('checkout_started', content && { cart: content })
        })
      )
      return
    }
    cart.lookedAt()
  }
})
