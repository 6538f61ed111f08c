// The cart as the shop itself tells it, read after anything that may have changed it and sent only when its
// content is not what was last sent. `tajoConfig.carts = "server"`: the shop's plugin reports it, this does not.

import { isDenied, track } from './core.js'
import { mark } from './keep.js'
import { ignored, on, safely, settings } from './setup.js'

const SETTLE = 400 // plugins announce one change many times

const sent = mark('tajo_cart') // "": empty
const hinted = mark('tajo_hint')

/**
 * shop: {read() -> Promise of {cart, hint}, hint() -> what the page itself knows of the cart, or undefined,
 *        changes: pattern of addresses whose requests change it, isOrdered: the cart became an order, or does}
 * Gives {soon(): something changed, latest(): Promise of the cart as it is now, or undefined}.
 */
export function watchCart(shop) {
  let timer
  const latest = async () => {
    if (settings.carts === 'server' || isDenied()) return
    try {
      const { cart, hint } = await shop.read()
      const content = cart.items[0] ? JSON.stringify(cart) : ''
      if (hint !== undefined) hinted(hint)
      if (content === sent()) ignored('cart unchanged')
      else {
        sent(content)
        // An order says what becomes of the cart; "emptied" would be wrong.
        if (content || !shop.isOrdered) track('cart_updated', { cart })
      }
      return cart
    } catch (problem) {
      ignored('cart unreadable', problem)
    }
  }
  const soon = () => {
    clearTimeout(timer)
    timer = setTimeout(latest, SETTLE)
  }
  // Sees requests that are done; nothing of the page's own is wrapped or delayed.
  const isChange = ({ name, responseStatus }) => !(responseStatus >= 400) && shop.changes.test(name)
  safely(() =>
    new PerformanceObserver(safely(list => list.getEntries().some(isChange) && soon())).observe({ type: 'resource' })
  )()
  // A form that adds to the cart is another page; whatever that one knows, it is to be read there.
  on('submit', event => event.target.method === 'post' && hinted('changed'))
  // In a task of its own: the shop's cookies and our marks make the page wait.
  const lookedAt = () =>
    setTimeout(safely(() => (shop.hint() === hinted() ? ignored('cart unchanged') : soon())))
  return { soon, latest, lookedAt }
}
