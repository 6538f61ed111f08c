// Shopify: what the theme snippet printed into `tajoConfig`, what the theme says in standard events, and the cart.

import { watchCart } from './cart.js'
import { shopify as consent } from './consent.js'
import { start, track } from './core.js'
import { on, settings } from './setup.js'
import { CHANGES, asTold, hint, readCart } from './shopify-cart.js'

// "<role of the theme> <address of the page>" where somebody works on the shop and nobody shops.
const AT_WORK = /^(unpublished|development|demo) |\.shopifypreview\.com\/|preview_theme_id=\d/

let cart

start({
  consent,
  silence() {
    const { designMode, visualPreviewMode, theme } = window.Shopify || {}
    if (designMode || visualPreviewMode || AT_WORK.test(`${theme?.role} ${location.href}`)) return 'preview'
  },
  look() {
    const { product, collection, search } = settings
    if (product) track('product_viewed', { product: asTold(product) })
    if (collection) track('collection_viewed')
    if (search) track('search_submitted', { query: search })
    cart?.lookedAt()
  },
  start() {
    cart = watchCart({ read: readCart, hint, changes: CHANGES })
    // The theme's word for a change that is under way; not every theme says it, and none says it of every change.
    on('shopify:cart:lines-update shopify:cart:discount-update', event =>
      Promise.allSettled([event.promise]).then(cart.soon)
    )
    // A quick view is a product looked at. On the product's own page the snippet has said so; cards are only passed by.
    on('shopify:product:view', (/** @type {ShopifyProductView} */ { context, product }) => {
      if (context !== 'dialog' && (context !== 'page' || settings.product)) return
      const { id, title, selectedVariant } = product
      const { amount, currencyCode: currency } = selectedVariant?.price || {}
      track('product_viewed', {
        product: asTold({ id, variant_id: selectedVariant?.id, name: title, price: amount * 100, currency })
      })
    })
    cart.lookedAt()
  }
})
