// The settings in force, and how the tracker speaks: only to a console, and only when asked to (data-debug).

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript)
// Set in front of this script by the collector; the bare script goes without.
const served = typeof tajoSettings === 'object' ? tajoSettings : {}
const inPage = window.tajoConfig || {}

// The page's own settings win over the collector's. What is said nowhere is the careful choice: consent is required,
// Global Privacy Control is a no, a checkout e-mail leaves with the form.
export const settings = { siteKey: script?.dataset.siteKey, ...served, ...inPage }

const isTalking = settings.debug || script?.hasAttribute('data-debug')

export function say(...words) {
  try {
    if (isTalking) console.info('tajo:', ...words)
  } catch {
    // A page that broke its console cannot be told.
  }
}

/** Why something was not done. */
export const ignored = (reason, detail = '') => say(`ignored (${reason})`, detail)

/** Nothing of ours is ever thrown into the page. */
export function safely(work, failed = problem => ignored('failed', problem)) {
  return (...given) => {
    try {
      return work(...given)
    } catch (problem) {
      failed(problem)
    }
  }
}

// Beacons go to where this script came from, `…/<site key>.js`, so that a shop may have both at an address of its own.
safely(() => {
  const source = script?.src || ''
  const isShops = source.includes(`/${settings.siteKey}.js`)
  settings.endpoint =
    inPage.endpoint || (!isShops && served.endpoint) || new URL((isShops ? '' : '/c/') + settings.siteKey, source).href
})()

/** 128 random bits; also where pages come without https. */
export const freshId = () => crypto.getRandomValues(new Uint32Array(4)).join('-')

/** Listen, safely, before the page itself does; `names` are divided by spaces. All that happens passes the window. */
export const on = safely((names, work) => {
  for (const name of names.split(' ')) addEventListener(name, safely(work), true)
})

/** Minor units as a decimal string; undefined for what is no amount. */
export function money(minor, digits) {
  const amount = Number(minor)
  return minor == null || !isFinite(amount) || amount < 0 ? undefined : (amount / 10 ** digits).toFixed(digits)
}
