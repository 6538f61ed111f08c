// The e-mail address given in a checkout form, with the opt-in box if it was ticked by the shopper.
// capture `typed`: when the field is left, settled; `submitted`: when the form is sent.
//
// Everything is looked up when it is needed: checkouts replace their fields at any time.

import { track } from './core.js'
import { on, settings } from './setup.js'

const SETTLE = 1500
const FIELDS = '#billing_email, #email'
const OPT_IN = ':is(#tajo_opt_in, [name=tajo_opt_in], [id*=marketing-opt-in])'

export function watchContact(place) {
  let last
  let timer

  function send() {
    clearTimeout(timer)
    timer = 0
    /** @type {any} */
    const field = document.querySelector(FIELDS)
    const email = field?.value.trim().toLowerCase()
    if (!/^\S+@\S+\.\S+$/.test(email)) return // the collector looks closer
    // A box that came ticked is nobody's act; one that is not ticked says nothing.
    const contact = { email, marketing_opt_in: !!document.querySelector(OPT_IN + ':checked:not([checked])') }
    if (last !== (last = JSON.stringify(contact))) track('contact_submitted', contact)
  }

  on('submit', event => event.target.querySelector(FIELDS) && send())
  on('click', event => event.target.closest?.(place) && send())
  if (settings.capture !== 'typed') return
  on('change focusout', event => {
    if (!event.target.matches?.(FIELDS + ',' + OPT_IN)) return
    clearTimeout(timer)
    timer = setTimeout(send, SETTLE)
  })
  // Before the queue listens to the same: what is settling leaves with the page.
  on('pagehide visibilitychange', () => timer && send())
}
