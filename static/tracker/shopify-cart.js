// Shopify's cart: read from /cart.js, and marked with the visitor's id, so that the checkout and the order, which
// happen where no script of ours runs, name the browser they belong to.

import { observed } from './core.js'
import { mark } from './keep.js'
import { ignored, money, settings } from './setup.js'

// The Ajax cart, with or without `.js`, under any language or market, but not our own `update.js?tajo`; and the
// Storefront API, whose addresses do not say what was asked.
export const CHANGES = /^[^?]+\/cart\/(add|change|update|clear)(\.js)?(\?(?!tajo)|$)|\/graphql\.json/

const marked = mark('tajo_a') // the cart and the visitor's id last written into it, or found there

const price = hundredths => money(hundredths, 2) // so Liquid and /cart.js give them, for yen too
const text = id => id && String(id)
const full = address => address && new URL(address, location.href).href // a market may have a host of its own

/** A product as Shopify says it: as the collector is told. */
export const asTold = product => ({
  ...product,
  id: text(product.id),
  variant_id: text(product.variant_id),
  price: price(product.price),
  url: full(product.url),
  image: full(product.image)
})

/** The shop's routes begin with the language or market: `/de-at/cart.js`. */
const ask = (path, request) => fetch((window.Shopify?.routes?.root || '/') + 'cart' + path, request)

// With the visitor's id: a cart put together before consent is read again when it may be marked.
const summary = (count, total, currency) => (count ? [count, total, currency, observed()].join() : '')

/** Once for each cart, after something was really put in. */
async function sign(token, attributes) {
  const id = observed()
  if (!id || marked() === token + id) return
  const request = { method: 'POST', body: new URLSearchParams({ 'attributes[tajo_id]': id }) }
  if (attributes?.tajo_id === id || (await ask('/update.js?tajo', request)).ok) marked(token + id)
}

export async function readCart() {
  const { token, currency, total_price, item_count, items, attributes } = await (await ask('.js')).json()
  const name = token?.split('?')[0] // what follows opens the cart to whoever has it
  if (item_count) sign(name, attributes).catch(problem => ignored('cart not marked', problem))
  return {
    cart: {
      token: name,
      currency,
      total: price(total_price),
      items: items.map(item =>
        asTold({
          id: item.product_id,
          variant_id: item.variant_id,
          sku: item.sku,
          name: item.product_title,
          variant_name: item.variant_title,
          price: item.original_price,
          currency,
          url: item.url,
          image: item.image,
          quantity: item.quantity,
          line_total: price(item.final_line_price),
          properties: item.properties
        })
      )
    },
    hint: summary(item_count, total_price, currency)
  }
}

/** What the snippet printed of the cart; nothing when it is to be read anyway. */
export function hint() {
  const { cart } = settings
  return cart && summary(cart.count, cart.total, cart.currency)
}
