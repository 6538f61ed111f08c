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
import { allow, forget, knownVisitor, suspend } from './keep.js'
import { add, clear, startSending } from './queue.js'
import { freshId, ignored, on, safely, say, settings } from './setup.js'

let consent
let visitorId // only while it may be used
let identity = said(settings)
/** @type {any} */
let held = [] // events in memory until somebody may be asked; nothing where they are not even kept

export const isDenied = () => consent === 'denied'
export const observed = () => visitorId

/** @param {TajoConfig} given */
function said({ customerEmail, customerId, customerName, signedOn, signature }) {
  if (customerEmail || customerId) {
    return { email: customerEmail, customer_id: customerId, name: customerName, signed_on: signedOn, signature }
  }
}

const queue = event => add({ v: 1, visitor_id: visitorId, consent, identity }, event)

/** Addresses of pages may carry keys to orders and accounts; nobody needs them. `tajo_r`, the way back to a cart, stays:
 * that it was followed is known from here alone. */
const harmless = address =>
  address.split('#')[0].replace(/([?&][\w-]*(key|token|pass|mail|nonce)\w*=)[^&]*/gi, '$1')

const page = () => ({
  url: harmless(location.href),
  referrer: harmless(document.referrer),
  title: document.title,
  locale: document.documentElement.lang || navigator.language,
  country: settings.country
})

export const track = safely((type, fields) => {
  if (!held) return ignored(consent, type)
  const event = { id: freshId(), type, at: Date.now(), page: page(), ...fields }
  if (visitorId) return queue(event)
  held.push(event)
  say('held until consent', type)
})

function consentChanged(state, why = '') {
  if (state === consent) return
  consent = state
  say('consent', state, why)
  held ||= []
  visitorId = suspend()
  if (state === 'granted' || (state === 'unknown' && settings.consentMode?.match('implied|' + settings.country))) {
    visitorId = allow()
    held.splice(0).forEach(queue)
  } else if (isDenied()) {
    const known = knownVisitor()
    held = 0
    clear()
    forget()
    if (known) add({ v: 1, visitor_id: known, consent })
  }
}

/** Somebody became known, which later events say, too; or nobody is known any more. */
export const identify = safely(given => {
  identity = said(given || {})
  if (visitorId && identity) queue()
})

/** A page is looked at: now, when the shopper comes back to it, and when a script changes the address. */
function watchPages(look) {
  const address = () => location.href.split('#')[0]
  let seen = address()
  // An address that is only replaced is a filter or a variant being chosen.
  const moved = safely(() => {
    // The title comes after the address.
    if (seen !== (seen = address())) setTimeout(() => track('page_viewed'), 50)
  })
  on('popstate', moved)
  on('pageshow', event => event.persisted && look())
  look()
  const { pushState } = history
  history.pushState = function (...given) {
    seen = address()
    pushState.apply(this, given)
    moved()
  }
}

/**
 * platform: {consent(tell, sure), look(), silence() -> reason or undefined (may be left out), start()}
 *
 * `window.tajo` before loading is an array of calls, `tajo.push(['track', 'product_viewed', {product}])`;
 * after loading it has the same `push`, and track, identify and consent by name.
 */
export const start = safely(platform => {
  const early = window.tajo || []
  if (early.identify) return ignored('already running')
  const silence = settings.siteKey ? platform.silence?.() : 'no site key'
  if (silence) {
    held = 0
    ignored((consent = 'silent: ' + silence))
  }

  let sayConsent = state => early.push(['consent', state]) // until somebody hears it
  const tajo = { track, identify, consent: safely(state => sayConsent(state)) }
  tajo.push = safely(([name, ...given]) => tajo[name](...given))
  if (early.pop) safely(() => (window.tajo = tajo))()
  else ignored('window.tajo is taken')
  const takeEarly = () => early.pop && early.forEach(tajo.push)
  if (silence) return takeEarly()

  const look = safely(() => {
    track('page_viewed')
    platform.look()
  })
  const begin = () => {
    const steps = [
      () => (sayConsent = watchConsent(platform.consent, consentChanged)),
      () => watchPages(look),
      takeEarly,
      platform.start,
      startSending // last: on leaving, the others have their say before the queue goes
    ]
    const next = safely(() => steps.shift()?.())
    // Each in a task of its own, so that the page may paint and answer in between; who leaves before is still seen.
    steps.forEach(() => setTimeout(next))
    on('pagehide visibilitychange', () => [...steps].forEach(next))
  }
  // A page loaded in advance has not been looked at yet.
  if (document.prerendering) on('prerenderingchange', begin)
  else begin()
})
