// What WooCommerce's scripts do in a classic theme: add-to-cart.js, add-to-cart-variation.js, cart.js, checkout.js.
;(function () {
  const body = jQuery(document.body)
  const count = document.querySelector('.count')

  function post(address, fields) {
    return new Promise(done => {
      const request = new XMLHttpRequest()
      request.open('POST', address)
      request.onload = () => done(request.responseText)
      request.send(new URLSearchParams(fields))
    })
  }

  // Lists: add-to-cart.js
  document.addEventListener('click', event => {
    const button = event.target.closest('.ajax_add_to_cart')
    if (!button) return
    event.preventDefault()
    body.trigger('adding_to_cart', [button, {}])
    post('/?wc-ajax=add_to_cart', { product_id: button.dataset.product_id, quantity: button.dataset.quantity }).then(text => {
      const answer = JSON.parse(text)
      if (answer.error) return (count.textContent = 'refused') // the real one goes to answer.product_url
      count.textContent = 'added'
      body.trigger('added_to_cart', [answer.fragments, answer.cart_hash, button])
    })
  })

  // Products with variations: add-to-cart-variation.js
  const form = document.querySelector('.variations_form')
  if (form) {
    form.querySelector('select').addEventListener('change', event => {
      const found = JSON.parse(form.dataset.product_variations).find(
        one => one.attributes.attribute_size === event.target.value
      )
      form.querySelector('.variation_id').value = found ? found.variation_id : ''
      if (found) jQuery(form).trigger('found_variation', [found])
    })
  }

  // The cart: cart.js
  function showCart(text) {
    const page = new DOMParser().parseFromString(text, 'text/html')
    document.querySelector('main').innerHTML = page.querySelector('main').innerHTML
    body.trigger('updated_wc_div')
    body.trigger('updated_cart_totals')
  }
  document.addEventListener('submit', event => {
    const cart = event.target.closest('.woocommerce-cart-form')
    if (!cart) return
    event.preventDefault()
    if (event.submitter && event.submitter.name === 'apply_coupon') {
      post('/?wc-ajax=apply_coupon', { coupon_code: cart.querySelector('#coupon_code').value })
        .then(() => body.trigger('applied_coupon'))
        .then(() => post(cart.action, new FormData(cart)))
        .then(showCart)
    } else post(cart.action, new FormData(cart)).then(showCart)
  })
  document.addEventListener('click', event => {
    const link = event.target.closest('a.remove, a.restore-item')
    if (!link) return
    event.preventDefault()
    const request = new XMLHttpRequest()
    request.open('GET', link.href)
    request.onload = () => showCart(request.responseText)
    request.send()
  })

  // The checkout: checkout.js. An address typed rides along with the next review.
  const checkout = document.querySelector('form.checkout')
  if (checkout) {
    post('/?wc-ajax=update_order_review', {}).then(() => body.trigger('updated_checkout'))
    checkout.addEventListener('submit', event => {
      event.preventDefault()
      post('/?wc-ajax=checkout', new FormData(checkout)).then(text => (location.href = JSON.parse(text).redirect))
    })
  }
})()
