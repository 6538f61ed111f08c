// The cart as the shop itself tells it, read after anything that may have changed it and sent only when its
// content is not what was last sent. `tajoConfig.carts = "server"`: the shop's plugin reports it, this does not.

import { isDenied, track } from './core.js'
import { mark } from './keep.js'
import { ignored, on, safely, settings } from './setup.js'

const SETTLE = 400 // plugins announce one change many times

const sent = mark('tajo_cart') // "": empty
const hinted = mark('tajo_hint')

function digest(text) {
  let sum = 5381
  for (let index = 0; index < text.length; index++) sum = ((sum * 33) ^ text.charCodeAt(index)) >>> 0
  return sum.toString(36) + '.' + text.length
}

/**
 * shop: {read() -> Promise of {cart, hint}, hint() -> what the page itself knows of the cart, or undefined,
 *        changes: pattern of addresses whose requests change it, isOrdered: the cart became an order}
 * Gives {soon(): something changed, latest(): Promise of the cart as it is now, or undefined}.
 */
export function watchCart(shop) {
  let timer
  const read = () =>
    shop.read().then(({ cart, hint }) => {
      const content = cart.items.length ? digest(JSON.stringify(cart)) : ''
      if (hint !== undefined) hinted(hint)
      if (content === sent()) ignored('cart unchanged')
      else {
        sent(content)
        // The order says what became of the cart; "emptied" would be wrong.
        if (content || !shop.isOrdered) track('cart_updated', { cart })
      }
      return cart
    })
  const latest = () =>
    settings.carts === 'server' || isDenied()
      ? Promise.resolve()
      : read().catch(problem => ignored('cart not readable', problem))
  const soon = safely(() => {
    clearTimeout(timer)
    timer = setTimeout(latest, SETTLE)
  })
  if (settings.carts !== 'server' && window.PerformanceObserver) {
    // Sees requests that are done; nothing of the page's own is wrapped or delayed.
    new PerformanceObserver(
      safely(list => list.getEntries().some(entry => shop.changes.test(entry.name)) && soon())
    ).observe({ type: 'resource' })
  }
  // A form that adds to the cart is another page; whatever that one knows, it is to be read there.
  on(document, 'submit', event => event.target.method === 'post' && hinted('changed'))
  const lookedAt = () => {
    const hint = shop.hint()
    if (hint !== undefined && hint === hinted()) ignored('cart as before')
    else soon()
  }
  return { soon, latest, lookedAt: safely(lookedAt) }
}
