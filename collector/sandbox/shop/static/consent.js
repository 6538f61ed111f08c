// The WP Consent API as the plugin of that name has it, and a banner that asks for everything at once.
(function () {
  'use strict'
  var CATEGORIES = ['functional', 'preferences', 'statistics-anonymous', 'statistics', 'marketing']
  var DAYS = 30

  function cookie(name) {
    var found = document.cookie.split('; ').filter(function (one) { return one.indexOf(name + '=') === 0 })[0]
    return found ? found.slice(name.length + 1) : ''
  }

  window.consent_api = { consent_type: '', waitfor_consent_hook: false, cookie_expiration: DAYS, cookie_prefix: 'wp_consent' }

  // True for everything until a banner has said what kind of consent this is: as the plugin does.
  window.wp_has_consent = function (category) {
    if (!window.wp_consent_type) return true
    var said = cookie('wp_consent_' + category)
    if (window.wp_consent_type.indexOf('optout') !== -1 && said === '') return true
    return said === 'allow'
  }

  window.wp_set_consent = function (category, value) {
    var before = cookie('wp_consent_' + category)
    document.cookie = 'wp_consent_' + category + '=' + value + ';max-age=' + DAYS * 86400 + ';path=/;SameSite=Lax'
    if (before === value) return
    var changed = []
    changed[category] = value
    document.dispatchEvent(new CustomEvent('wp_listen_for_consent_change', { detail: changed }))
  }

  document.addEventListener('DOMContentLoaded', function () {
    var banner = document.querySelector('[data-consent-banner]')
    window.wp_consent_type = 'optin'
    document.dispatchEvent(new CustomEvent('wp_consent_type_defined'))
    banner.hidden = cookie('wp_consent_marketing') !== ''
    banner.addEventListener('click', function (event) {
      var value = event.target.dataset.consent
      if (!value) return
      CATEGORIES.forEach(function (category) { window.wp_set_consent(category, value) })
      banner.hidden = true
    })
    document.querySelector('[data-consent-again]').addEventListener('click', function () { banner.hidden = false })
  })
})()
