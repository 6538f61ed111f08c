// May this browser be observed? One of
//   granted   events leave
//   denied    nothing is kept; a known visitor's denial is told once
//   waiting   somebody was asked and has not answered: events stay in memory
//   unknown   nobody is there to ask: as waiting, unless the shop's setting is `implied`
//
// A browser's own signal (Global Privacy Control; Do Not Track where the shop honours it) stands above all,
// then what the page says through `tajo.consent`, then the platform's consent tool. What cannot be read is a no.

import { cookie, read, write } from './keep.js'
import { on, settings } from './setup.js'

const SAID = 'tajo_consent' // what the page said, so that the next page knows it before it says it again

/** Shopify's Customer Privacy API: region, settings and choice in one answer. */
export function shopify(tell) {
  const shop = window.Shopify
  const isReady = () => shop.customerPrivacy && typeof shop.customerPrivacy.marketingAllowed === 'function'
  const ask = () => {
    try {
      const privacy = shop.customerPrivacy
      if (privacy.marketingAllowed()) tell('granted')
      else tell(privacy.currentVisitorConsent().marketing === '' ? 'waiting' : 'denied')
    } catch (problem) {
      tell('denied', problem)
    }
  }
  if (!shop || !(isReady() || shop.loadFeatures)) return tell('unknown')
  on(document, 'visitorConsentCollected', ask)
  if (isReady()) return ask()
  try {
    shop.loadFeatures([{ name: 'consent-tracking-api', version: '0.1' }], problem =>
      problem ? tell('denied', problem) : ask()
    )
  } catch (problem) {
    tell('denied', problem)
  }
}

/** The WP Consent API, which most consent plugins of WordPress speak. */
export function wordpress(tell) {
  const ask = () => {
    try {
      if (!window.wp_has_consent || !(window.wp_consent_type || window.wp_fallback_consent_type)) {
        return tell('unknown')
      }
      const prefix = (window.consent_api && window.consent_api.cookie_prefix) || 'wp_consent'
      if (window.wp_has_consent('marketing')) tell('granted')
      else tell(cookie(prefix + '_marketing') === 'deny' ? 'denied' : 'waiting')
    } catch (problem) {
      tell('denied', problem)
    }
  }
  on(document, 'wp_listen_for_consent_change wp_consent_type_defined', ask)
  on(window, 'load', ask)
  ask()
}

/** Calls `changed(state, why)` now and whenever it may have changed; gives the function behind `tajo.consent`. */
export function watchConsent(tool, changed) {
  let said = read(SAID)
  let told = ['waiting']
  const decide = () => {
    if (settings.gpc && navigator.globalPrivacyControl) changed('denied', 'gpc')
    else if (settings.dnt && navigator.doNotTrack === '1') changed('denied', 'dnt')
    else if (said) changed(said, 'page')
    else changed(...told)
  }
  on(window, 'storage', event => {
    if (event.key !== SAID) return
    said = event.newValue
    decide()
  })
  tool((...answer) => {
    told = answer
    decide()
  })
  decide()
  return state => {
    if (state !== 'granted' && state !== 'denied') return
    said = state
    write(SAID, state)
    decide()
  }
}
