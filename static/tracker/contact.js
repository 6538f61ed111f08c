// The e-mail address given in a checkout form, with the opt-in box if it was ticked by the shopper.
// capture `typed`: when the field is left, settled; `submitted`: when the form is sent.
//
// Everything is looked up when it is needed: checkouts replace their fields at any time.

import { track } from './core.js'
import { on, settings } from './setup.js'

const SETTLE = 1500
const FIELDS = '#billing_email, #email'
const OPT_IN = [
  '#tajo_opt_in',
  '[name="tajo_opt_in"]',
  '[name*="marketing-opt-in"]',
  '[id*="marketing-opt-in"]',
  '[name="mailchimp_woocommerce_newsletter"]'
].join(', ')

export function watchContact(place) {
  let last
  let timer

  function send() {
    clearTimeout(timer)
    timer = undefined
    const field = document.querySelector(FIELDS)
    const email = ((field && field.value) || '').trim().toLowerCase()
    if (!/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(email)) return
    // A box that came ticked is nobody's act; one that is not ticked says nothing.
    const isTicked = [...document.querySelectorAll(OPT_IN)].some(box => box.checked && !box.defaultChecked)
    const contact = isTicked ? { email, marketing_opt_in: true } : { email }
    if (JSON.stringify(contact) === last) return
    last = JSON.stringify(contact)
    track('contact_submitted', contact)
  }

  on(document, 'submit', event => event.target.querySelector(FIELDS) && send())
  on(document, 'click', event => event.target.closest && event.target.closest(place) && send())
  if (settings.capture !== 'typed') return
  on(document, 'change focusout', event => {
    if (!event.target.matches || !event.target.matches(FIELDS + ', ' + OPT_IN)) return
    clearTimeout(timer)
    timer = setTimeout(send, SETTLE)
  })
  // Before the queue listens to the same: what is settling leaves with the page.
  on(window, 'pagehide', () => timer && send())
  on(document, 'visibilitychange', () => timer && document.visibilityState === 'hidden' && send())
}
