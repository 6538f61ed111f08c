// Tajo Collector, custom pixel for Shopify's checkout, version 1
//
// Where:  Settings > Customer events > Add custom pixel. Paste, Save, then Connect: saved alone it does nothing.
//         Customer privacy: "Required", with Marketing ticked. Data sale: as you answer it elsewhere.
// Sends:  the steps of the checkout (begun, address, shipping, payment, completed) with the cart's content, the
//         e-mail address or phone number when the contact step was submitted, and the number of the order. Nothing
//         before the visitor allows marketing, nothing after a withdrawal.
// Keeps:  the visitor's random number that the shop's pages use, too (cookie and storage entry tajo_id).
// Remove: Disconnect, then delete the pixel.
//
// Orders themselves come from Shopify by webhook. This says who is in the checkout, and how far.

;(() => {
  const ENDPOINT = '[[ base_url ]][[ path ]]/[[ site_key ]]'
  const ID = 'tajo_id'
  const MOST_WAITING = 20 // steps of one checkout before somebody answers a banner
  const MOST_BYTES = 60000

  /** @typedef {import('@shopify/web-pixels-extension').Checkout} Checkout */
  /** @typedef {{ id: string, timestamp: string, context: any, data: { checkout?: Checkout | null } }} Step */

  let isAllowed = false
  /** @type {(() => Promise<unknown>)[]} */
  let waiting = []

  /** Nothing of ours is ever thrown into the checkout. */
  const safely = work => Promise.resolve().then(work).catch(() => {})

  const valid = id => (typeof id === 'string' && /^[\w-]{8,64}$/.test(id) ? id : undefined)

  /** Amounts are numbers in major units here; the wire has decimal text. */
  const money = price => {
    const amount = price ? price.amount : undefined
    if (typeof amount !== 'number' || !(amount >= 0 && amount < 1e11)) return undefined
    return String(Number(amount.toFixed(4)))
  }

  /** @param {Checkout | undefined} [checkout] */
  async function visitor(checkout) {
    const attributes = (checkout && checkout.attributes) || []
    const known =
      valid(await browser.cookie.get(ID).catch(() => undefined)) ||
      valid(await browser.localStorage.getItem(ID).catch(() => undefined)) ||
      // The cart carries it, too: where the checkout is under another address, cookies stay behind.
      valid((attributes.find(one => one && one.key === ID) || {}).value)
    if (known) return known
    const fresh = crypto.getRandomValues(new Uint32Array(4)).join('-')
    await browser.cookie.set(`${ID}=${fresh}; Path=/; Max-Age=34560000; SameSite=Lax; Secure`).catch(() => {})
    await browser.localStorage.setItem(ID, fresh).catch(() => {})
    return fresh
  }

  /** Where the shopper is: without the query, which may open the checkout to whoever has it. */
  function pageOf(context, checkout) {
    const { location = undefined, title = undefined, referrer = '' } = (context && context.document) || {}
    const { country = undefined, language = undefined } = (checkout && checkout.localization) || {}
    return {
      url: location && location.href ? location.href.split(/[?#]/)[0] : undefined,
      referrer: referrer ? referrer.split(/[?#]/)[0] : undefined,
      title: title || undefined,
      locale: (language && language.isoCode) || undefined,
      country: (country && country.isoCode) || undefined
    }
  }

  /** The cart, whole or not at all: a part of it would look like a change. */
  function cartOf(checkout, page) {
    const lines = checkout.lineItems || []
    const currency = checkout.currencyCode || undefined
    const items = lines.map(line => {
      const { id: variantId, product, sku, title, price, image } = (line && line.variant) || {}
      if (!product || !product.id) return undefined
      return {
        id: String(product.id),
        variant_id: variantId ? String(variantId) : undefined,
        sku: sku || undefined,
        name: product.title || line.title || undefined,
        variant_name: title || undefined,
        price: money(price),
        currency: (price && price.currencyCode) || undefined,
        url: product.url || undefined,
        image: (image && image.src) || undefined,
        quantity: line.quantity,
        line_total: money(line.finalLinePrice)
      }
    })
    if (!items.length || items.some(item => !item || !(item.quantity >= 0))) return undefined
    // The address of a checkout names its cart: /checkouts/cn/<token>.
    const [, token = undefined] = /\/checkouts\/cn\/([^/]+)/.exec(page.url || '') || []
    return { token, currency, total: money(checkout.subtotalPrice), items }
  }

  async function send(beacon) {
    let body = JSON.stringify({ ...beacon, sent_at: Date.now() })
    if (new TextEncoder().encode(body).length > MOST_BYTES) {
      const events = beacon.events.map(({ cart, ...event }) => event)
      body = JSON.stringify({ ...beacon, events, sent_at: Date.now() })
    }
    try {
      // A text body keeps the request "simple": no CORS preflight, so it survives leaving the page.
      await fetch(ENDPOINT, { method: 'POST', body, mode: 'cors', credentials: 'omit', keepalive: true })
    } catch {
      await browser.sendBeacon(ENDPOINT, body)
    }
  }

  /**
   * One event of Shopify's, told as one of ours, under its own id.
   * @param {Step} step
   * @param {(checkout: Checkout, page: ReturnType<typeof pageOf>) => Record<string, unknown> | undefined} told
   */
  async function tell(step, told) {
    const checkout = (step.data && step.data.checkout) || undefined
    if (!checkout) return
    const page = pageOf(step.context, checkout)
    const event = told(checkout, page)
    if (!event) return
    const at = Date.parse(step.timestamp)
    const named = { id: valid(step.id) || crypto.randomUUID(), at: isNaN(at) ? Date.now() : at, page }
    const visitor_id = await visitor(checkout)
    await send({ v: 1, visitor_id, consent: 'granted', events: [{ ...named, ...event }] })
  }

  /** Now, or when the visitor allows it; never when they do not. */
  function when(step, told) {
    if (isAllowed) return safely(() => tell(step, told))
    waiting = [...waiting, () => tell(step, told)].slice(-MOST_WAITING)
  }

  const stepOf = stage => (checkout, page) => ({
    type: 'checkout_started',
    stage,
    checkout_token: checkout.token || undefined,
    cart: cartOf(checkout, page)
  })

  function contact(checkout) {
    const email = checkout.email || undefined
    const phone = email ? undefined : checkout.phone || undefined
    if (!email && !phone) return undefined
    const marketing_opt_in = Boolean(email && checkout.buyerAcceptsEmailMarketing)
    return { type: 'contact_submitted', email, phone, marketing_opt_in }
  }

  function completed(checkout) {
    const id = checkout.order && checkout.order.id
    return id ? { type: 'order_confirmed', order_id: String(id) } : undefined
  }

  /** Marketing is what counts: what is kept here is there to write to people. */
  function decide(privacy) {
    const was = isAllowed
    isAllowed = Boolean(privacy && privacy.marketingAllowed)
    const due = waiting
    if (isAllowed) {
      waiting = []
      due.reduce((before, work) => before.then(() => safely(work)), Promise.resolve())
    } else if (was) {
      waiting = []
      safely(withdraw)
    }
  }

  async function withdraw() {
    const visitor_id = await visitor()
    await browser.cookie.set(`${ID}=; Path=/; Max-Age=0`).catch(() => {})
    await browser.localStorage.removeItem(ID).catch(() => {})
    await send({ v: 1, visitor_id, consent: 'denied', events: [] })
  }

  const on = (name, told) => analytics.subscribe(name, step => when(step, told))

  on('checkout_started', stepOf('checkout'))
  on('checkout_contact_info_submitted', contact)
  on('checkout_address_info_submitted', stepOf('checkout'))
  on('checkout_shipping_info_submitted', stepOf('checkout'))
  on('payment_info_submitted', stepOf('payment'))
  on('checkout_completed', completed)
  customerPrivacy.subscribe('visitorConsentCollected', event => decide(event.customerPrivacy))
  decide(init.customerPrivacy)
})()
