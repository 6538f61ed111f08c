// /shopify.js and /woocommerce.js: finds out which shop the page belongs to and loads that shop's tracker.
// The shop is named by `tajoConfig.siteKey` or `data-site-key`; with neither, its host is, and the collector looks it up.

const script = document.currentScript
const key = (window.tajoConfig && window.tajoConfig.siteKey) || script.getAttribute('data-site-key')
const host = (window.Shopify && window.Shopify.shop) || location.host
const tracker = document.createElement('script')
tracker.src = key ? tajoSettings.shops + encodeURIComponent(key) + '.js' : tajoSettings.self + '?shop=' + encodeURIComponent(host)
tracker.async = true
if (script.hasAttribute('data-debug')) tracker.setAttribute('data-debug', '')
script.after(tracker)
