// /shopify.js and /woocommerce.js: finds out which shop the page belongs to and loads that shop's tracker.
// The shop is named by `tajoConfig.siteKey` or `data-site-key`; with neither, its host is, and the collector looks it up.

const script = /** @type {HTMLScriptElement} */ (document.currentScript)
const key = window.tajoConfig?.siteKey || script.dataset.siteKey
const host = window.Shopify?.shop || location.host
const tracker = document.createElement('script')
tracker.src = key ? tajoSettings.shops + encodeURIComponent(key) + '.js' : tajoSettings.self + '?shop=' + encodeURIComponent(host)
tracker.async = true
if (script.hasAttribute('data-debug')) tracker.dataset.debug = ''
script.after(tracker)
