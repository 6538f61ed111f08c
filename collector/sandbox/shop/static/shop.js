// What a shop's own scripts do: the number beside "Cart", adding from a list, choosing a variant, the checkout.
(function () {
  'use strict'
  var API = '/wp-json/wc/store/v1/'
  var nonce = ''

  function ask(method, path, body) {
    var headers = { Accept: 'application/json' }
    if (body) headers['Content-Type'] = 'application/json'
    if (nonce) headers.Nonce = nonce
    return fetch(API + path, { method: method, headers: headers, body: body && JSON.stringify(body), credentials: 'same-origin' })
      .then(function (answer) {
        nonce = answer.headers.get('Nonce') || nonce
        return answer.json().then(function (content) {
          if (!answer.ok) throw new Error(content.message)
          return content
        })
      })
  }

  function write(method, path, body) {
    return nonce ? ask(method, path, body) : ask('GET', 'cart').then(function () { return ask(method, path, body) })
  }

  function count(cart) {
    var badge = document.querySelector('[data-cart-count]')
    badge.textContent = cart.items_count
    badge.hidden = !cart.items_count
  }

  if (document.cookie.indexOf('woocommerce_items_in_cart') !== -1 || document.body.classList.contains('logged-in')) {
    ask('GET', 'cart').then(count)
  }

  document.addEventListener('click', function (event) {
    var button = event.target.closest('.ajax_add_to_cart')
    if (!button) return
    button.disabled = true
    write('POST', 'cart/add-item', { id: Number(button.dataset.product_id), quantity: Number(button.dataset.quantity) })
      .then(function (cart) {
        count(cart)
        button.textContent = 'Added ✓'
        document.body.dispatchEvent(
          new CustomEvent('wc-blocks_added_to_cart', { bubbles: true, cancelable: true, detail: { preserveCartData: true } })
        )
      })
      .catch(function (problem) { button.textContent = problem.message })
      .then(function () { button.disabled = false })
  })

  var form = document.querySelector('form.variations_form')
  if (form) {
    var choose = function () {
      var select = form.querySelector('select')
      var found = JSON.parse(form.dataset.product_variations).filter(function (one) {
        return one.attributes[select.name] === select.value
      })[0]
      var field = form.querySelector('.variation_id')
      field.value = found ? found.variation_id : ''
      field.dispatchEvent(new Event('change', { bubbles: true }))
    }
    form.querySelector('select').addEventListener('change', choose)
    choose()
  }

  var checkout = document.querySelector('form.checkout')
  if (checkout) {
    var email = document.getElementById('billing_email')
    var box = document.getElementById('tajo_opt_in')
    box.checked = 'ticked' in box.dataset // by script: a box is never printed ticked
    email.addEventListener('change', function () {
      if (email.validity.valid) write('POST', 'cart/update-customer', { billing_address: { email: email.value.trim() } })
    })
    box.addEventListener('change', function () {
      write('PUT', 'checkout', { additional_fields: { 'tajo/marketing-opt-in': box.checked } })
    })
    checkout.querySelector('[data-fill]').addEventListener('click', function () {
      var made = { first_name: 'Mia', last_name: 'Sommer', address_1: 'Am Park 7', postcode: '10115', city: 'Berlin' }
      Object.keys(made).forEach(function (name) {
        var field = document.getElementById('billing_' + name)
        if (!field.value) field.value = made[name]
      })
    })
  }
})()
