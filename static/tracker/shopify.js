// Shopify: what the theme snippet printed into `tajoConfig`, and the cart from /cart.js.

import { watchCart } from './cart.js'
import { shopify as consent } from './consent.js'
import { start, track } from './core.js'
import { money, on, settings } from './setup.js'

// Liquid and /cart.js give hundredths, for yen too.
const price = hundredths => money(hundredths, 2)
const text = value => (value == null ? undefined : String(value))
const full = address => (address ? new URL(address, location.href).href : undefined)

async function readCart() {
  const routes = (window.Shopify && window.Shopify.routes) || {}
  const answer = await fetch((routes.root || '/') + 'cart.js', { headers: { Accept: 'application/json' } })
  const cart = await answer.json()
  const items = cart.items.map(item => ({
    id: text(item.product_id),
    variant_id: text(item.variant_id),
    sku: item.sku,
    name: item.product_title || item.title,
    variant_name: item.variant_title,
    price: price(item.original_price ?? item.price),
    currency: cart.currency,
    url: full(item.url),
    image: full(item.image),
    quantity: item.quantity,
    line_total: price(item.final_line_price ?? item.line_price),
    properties: item.properties && Object.keys(item.properties).length ? item.properties : undefined
  }))
  return {
    cart: {
      token: cart.token && cart.token.split('?')[0],
      currency: cart.currency,
      total: price(cart.total_price),
      items: items.filter(item => item.id)
    },
    hint: items.length ? [cart.item_count, cart.total_price, cart.currency].join(':') : ''
  }
}

function hint() {
  const cart = settings.cart
  return cart && (cart.count ? [cart.count, cart.total, cart.currency].join(':') : '')
}

let cart

start({
  consent,
  silence() {
    const { designMode, visualPreviewMode, inspectMode, theme } = window.Shopify || {}
    if (designMode || visualPreviewMode || inspectMode) return 'theme editor'
    if (/[?&]preview_theme_id=\d|[?&]oseid=./.test(location.search)) return 'theme preview'
    if (/\.shopifypreview\.com$/.test(location.hostname)) return 'theme preview'
    if (theme && /^(unpublished|development|demo)$/.test(theme.role)) return 'theme preview'
  },
  look() {
    const { product, collection, search } = settings
    if (product) {
      track('product_viewed', {
        product: {
          ...product,
          id: text(product.id),
          variant_id: text(product.variant_id),
          price: price(product.price),
          url: full(product.url),
          image: full(product.image)
        }
      })
    }
    if (collection) track('collection_viewed')
    if (search) track('search_submitted', { query: String(search) })
    if (cart) cart.lookedAt()
  },
  start() {
    cart = watchCart({ read: readCart, hint, changes: /\/cart\/(add|change|update|clear)(\.js)?(\?|$)|\/graphql\.json/ })
    on(document, 'shopify:cart:lines-update shopify:cart:discount-update', cart.soon)
    cart.lookedAt()
  }
})
