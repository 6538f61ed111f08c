// The settings in force, and how the tracker speaks: only to a console, and only when asked to (data-debug).

const script = document.currentScript
// Set in front of this script by the collector; the bare script goes without.
const served = typeof tajoSettings === 'object' ? tajoSettings : {}
const inPage = window.tajoConfig || {}

// The page's own settings win over the collector's.
export const settings = {
  capture: 'submitted', // typed | submitted: when a checkout e-mail leaves the page
  consentMode: 'required', // implied: a browser nobody was asked about may be observed
  gpc: true,
  dnt: false,
  siteKey: script && script.getAttribute('data-site-key'),
  ...served,
  ...inPage
}
settings.endpoint =
  settings.endpoint || (script && script.src ? new URL('/c/' + settings.siteKey, script.src).href : '')

const isTalking = settings.debug || (script && script.hasAttribute('data-debug'))

export function say(...words) {
  if (isTalking) console.info('tajo:', ...words)
}

/** Why something was not done. */
export function ignored(reason, detail = '') {
  say('ignored (' + reason + ')', detail)
}

/** Nothing of ours is ever thrown into the page. */
export function safely(work) {
  return function (...given) {
    try {
      return work.apply(this, given)
    } catch (problem) {
      ignored('failed', problem)
    }
  }
}

/** 36 characters; good enough where crypto is missing (pages without https). */
export function freshId() {
  if (window.crypto && crypto.randomUUID) return crypto.randomUUID()
  const digit = () =>
    (window.crypto ? crypto.getRandomValues(new Uint8Array(1))[0] & 15 : (Math.random() * 16) | 0).toString(16)
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, digit)
}

/** Listen, safely; `names` are divided by spaces. */
export function on(target, names, work) {
  for (const name of names.split(' ')) target.addEventListener(name, safely(work), true)
}

/** Minor units as a decimal string; undefined for what is no amount. */
export function money(minor, digits) {
  const amount = Number(minor)
  return minor == null || !isFinite(amount) || amount < 0 ? undefined : (amount / 10 ** digits).toFixed(digits)
}
