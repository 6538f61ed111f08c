// Tajo Collector: the tracker in a shop's pages.
//
// Sent: pages, products, collections and searches looked at; the cart's content; checkout begun; the e-mail
// address given in the checkout, with the ticked opt-in; the order number on the thank-you page; who is logged
// in, where the shop says so. Each with the page's address and title, the time and a random visitor id.
// Not sent: anything else typed, clicked or paid; addresses, passwords, card data. Nothing at all before
// consent, where the shop asks for it.
//
// Platform files say what a page is about (`look`), how to read its cart and whom to ask for consent.
// They call `track`; only the queue sends.

import { watchConsent } from './consent.js'
import { allow, forget, knownVisitor, mark, read, suspend, write } from './keep.js'
import { add, clear, startSending } from './queue.js'
import { freshId, ignored, on, safely, say, settings } from './setup.js'

const TYPES =
  'page_viewed product_viewed collection_viewed search_submitted cart_updated checkout_started contact_submitted order_confirmed'.split(
    ' '
  )
const MOST_HELD = 50

let consent
let visitorId
let identity = said(settings)
let held = [] // events in memory until somebody may be asked
let isSilent = false
const identityMark = mark('tajo_i')

export const isDenied = () => consent === 'denied'
const mayObserve = () => consent === 'granted' || (consent === 'unknown' && settings.consentMode === 'implied')

function said(given) {
  const who = {
    email: given.customerEmail || undefined,
    customer_id: given.customerId ? String(given.customerId) : undefined,
    name: given.customerName || undefined,
    signed_on: given.signedOn || undefined,
    signature: given.signature || undefined
  }
  return who.email || who.customer_id ? who : undefined
}

/** Addresses of pages may carry keys to orders and accounts; nobody needs them. */
const harmless = address =>
  address.split('#')[0].replace(/([?&](?:key|token|pass\w*|pwd|e-?mail|_wpnonce)=)[^&]*/gi, '$1')

function page() {
  return {
    url: harmless(location.href),
    referrer: harmless(document.referrer),
    title: document.title.slice(0, 500),
    locale: document.documentElement.lang || navigator.language
  }
}

export const track = safely(function (type, fields) {
  if (isSilent) return ignored('silent', type)
  if (!TYPES.includes(type)) return ignored('unknown type', type)
  const event = { id: freshId(), type, at: Date.now(), page: page(), ...fields }
  if (mayObserve()) return add(visitorId, consent, identity, event)
  if (isDenied()) return ignored('consent denied', type)
  if (held.push(event) > MOST_HELD) held.shift()
  say('held until consent', type)
})

function consentChanged(state, why = '') {
  if (isSilent || state === consent) return
  consent = state
  say('consent', state, why)
  if (mayObserve()) {
    visitorId = allow()
    const released = held
    held = []
    for (const event of released) add(visitorId, consent, identity, event)
    sayWho()
  } else if (isDenied()) {
    held = []
    const known = knownVisitor()
    clear()
    forget()
    if (known) add(known, 'denied')
  } else {
    suspend()
  }
}

/** Somebody became known without anything else happening: say so once. */
function sayWho() {
  const who = identity ? JSON.stringify(identity) : ''
  if (!mayObserve() || who === identityMark()) return
  identityMark(who)
  if (identity) add(visitorId, consent, identity)
}

export const identify = safely(function (given) {
  identity = said(given || {})
  sayWho()
})

/** A page is looked at: now, when the shopper comes back to it, and when a script changes the address. */
function watchPages(look) {
  let seen = location.pathname + location.search
  const moved = isNew => {
    const path = location.pathname + location.search
    const isOther = isNew ? path !== seen : location.pathname !== seen.split('?')[0]
    seen = path
    if (isOther) setTimeout(() => track('page_viewed'), 50) // its title comes after the address
  }
  // replaceState with the same path is a filter or a variant being chosen, not another page.
  for (const [name, isNew] of [['pushState', true], ['replaceState', false]]) {
    const original = history[name]
    const after = safely(() => moved(isNew))
    history[name] = function (...given) {
      const result = original.apply(this, given)
      after()
      return result
    }
  }
  on(window, 'popstate', () => moved(true))
  on(window, 'pageshow', event => event.persisted && look())
  look()
}

/**
 * platform: {consent(tell), look(), silence() -> reason or undefined, start()}
 *
 * `window.tajo` before loading is an array of calls, `tajo.push(['track', 'product_viewed', {product}])`;
 * after loading it has the same `push`, and track, identify and consent by name.
 */
export const start = safely(function (platform) {
  const early = window.tajo
  if (early && early.version) return ignored('already running')
  const silence = !settings.siteKey ? 'no site key' : platform.silence()
  isSilent = Boolean(silence)
  if (silence) ignored(silence)

  let sayConsent = () => {}
  const tajo = { version: 1, track, identify, consent: safely(state => sayConsent(state)) }
  tajo.push = safely((...calls) => {
    for (const call of calls) typeof call === 'function' ? call(tajo) : tajo[call[0]](...call.slice(1))
  })
  window.tajo = tajo
  const takeEarly = () => Array.isArray(early) && early.forEach(call => tajo.push(call))
  if (silence) return takeEarly()

  const begin = safely(() => {
    sayConsent = watchConsent(platform.consent, consentChanged)
    watchPages(
      safely(() => {
        track('page_viewed')
        platform.look()
      })
    )
    takeEarly()
    platform.start()
    startSending() // last: on leaving, the others have their say before the queue goes
  })
  // A page loaded in advance has not been looked at yet.
  if (document.prerendering) on(document, 'prerenderingchange', begin)
  else begin()
})
