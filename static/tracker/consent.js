// May this browser be observed? One of
//   denied    nothing is kept; a known visitor's denial is told once
//   expected  somebody was asked and has not answered: events stay in memory
//   granted   events leave
//   unknown   nobody is there to ask: as expected, unless the shop's setting is `implied`
//
// A browser's own signal (Global Privacy Control; Do Not Track where the shop honours it) stands above all, then what
// the page says through `tajo.consent`, then the strictest of: the platform's consent tool, an IAB TCF banner, another
// tab that forgot this browser. What cannot be read is a no.
//
// A source gets `tell(state, why)` and `sure`, which makes a function whose failing tells a no.

import { ID, read, write } from './keep.js'
import { on, safely, settings } from './setup.js'

const SAID = 'tajo_consent' // what the page said, so that the next page knows it before it says it again

/** Shopify's Customer Privacy API: region, settings and choice in one answer. */
export function shopify(tell, sure) {
  /** @type {any} */
  const shop = window.Shopify || {}
  const isReady = () => shop.customerPrivacy?.marketingAllowed
  const ask = sure(problem => {
    if (problem) throw problem
    const privacy = shop.customerPrivacy
    tell(privacy.marketingAllowed() ? 'granted' : privacy.currentVisitorConsent().marketing ? 'denied' : 'expected')
  })
  if (isReady()) ask()
  else if (shop.loadFeatures) sure(() => shop.loadFeatures([{ name: 'consent-tracking-api', version: '0.1' }], ask))()
  else return tell('unknown')
  on('visitorConsentCollected visibilitychange', () => isReady() && ask())
}

/** The WP Consent API, which most consent plugins of WordPress speak. */
export function wordpress(tell, sure) {
  const ask = sure(() => {
    const { wp_has_consent: has, wp_consent_type, wp_fallback_consent_type } = window
    if (!has || !(wp_consent_type || wp_fallback_consent_type)) return tell('unknown')
    // The cookie's name begins as the banner likes.
    tell(has('marketing') ? 'granted' : /_marketing=deny/.test(document.cookie) ? 'denied' : 'expected')
  })
  on('load wp_listen_for_consent_change wp_consent_type_defined visibilitychange', ask)
  ask()
}

/**
 * An IAB TCF 2 banner. Purposes: 1, keep something in this browser; 3 and 4, know what somebody looked at and write to
 * them about it. Where the GDPR does not apply it has nothing to say.
 */
function tcf(tell, sure) {
  const ask = sure(() => {
    if (!window.__tcfapi) return tell('unknown')
    tell('expected')
    window.__tcfapi(
      'addEventListener',
      2,
      sure(({ gdprApplies, eventStatus, purpose }, isFine) => {
        if (isFine && gdprApplies === false) tell('unknown')
        // While the banner is shown the answer before it stands.
        else if (!isFine || eventStatus !== 'cmpuishown') {
          tell(isFine && [1, 3, 4].every(number => purpose.consents[number]) ? 'granted' : 'denied')
        }
      })
    )
  })
  ask()
  if (!window.__tcfapi) on('load', ask)
}

/** Calls `changed(state, why)` now and whenever it may have changed; gives the function behind `tajo.consent`. */
export function watchConsent(tool, changed) {
  let said = read(SAID)
  const told = [['expected'], ['unknown'], ['unknown']]
  const decide = () => {
    if (settings.gpc !== false && navigator.globalPrivacyControl) changed('denied', 'gpc')
    else if (settings.dnt && navigator.doNotTrack === '1') changed('denied', 'dnt')
    else if (said) changed(said, 'page')
    else changed(...[...told].sort()[0]) // the strictest comes first in the alphabet
  }
  const hear = (source, index) => {
    const tell = (...answer) => {
      told[index] = answer
      decide()
    }
    source(tell, work => safely(work, problem => tell('denied', problem)))
  }
  on('storage', ({ key, newValue }) => {
    if (key === SAID) said = newValue
    if (key === ID) told[2] = newValue ? ['unknown'] : ['denied', 'another tab']
    decide()
  })
  hear(tcf, 1)
  hear(tool, 0) // last: nothing is granted before all were heard
  decide()
  return state => {
    if (!/^(grant|deni)ed$/.test(state)) return
    said = state
    write(SAID, state)
    decide()
  }
}
