// What WooCommerce's scripts do in a block theme. No jQuery; writes go to the Store API with its nonce.
const API = '/wp-json/wc/store/v1/'
const badge = document.querySelector('.wc-block-mini-cart__badge')
let nonce

async function write(path, body) {
  if (!nonce) nonce = (await fetch(API + 'cart')).headers.get('Nonce')
  const headers = { Nonce: nonce, 'Content-Type': 'application/json' }
  return fetch(API + path, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** The cart block tells the other blocks, far more often than anything changes. */
async function batch(path, body) {
  for (let index = 0; index < 5; index++) window.dispatchEvent(new CustomEvent('wc-blocks_store_sync_required'))
  await write('batch', { requests: [{ path: '/wc/store/v1/' + path, method: 'POST', body }] })
  for (let index = 0; index < 5; index++) window.dispatchEvent(new CustomEvent('wc-blocks_store_sync_required'))
}

// Lists: woocommerce/product-button
document.addEventListener('click', async event => {
  const button = event.target.closest('[data-wp-on--click="actions.addCartItem"]')
  if (!button) return
  const answer = await write('cart/add-item', { id: Number(button.dataset.product_id), quantity: 1 })
  badge.textContent = answer.ok ? 'added' : 'refused'
  if (!answer.ok) return
  const detail = { preserveCartData: true }
  document.body.dispatchEvent(new CustomEvent('wc-blocks_added_to_cart', { bubbles: true, cancelable: true, detail }))
})

// Products with variations: the classic form, its script without jQuery's events
const form = document.querySelector('.variations_form')
form?.querySelector('select').addEventListener('change', event => {
  const all = JSON.parse(form.dataset.product_variations)
  form.querySelector('.variation_id').value =
    all.find(one => one.attributes.attribute_size === event.target.value)?.variation_id || ''
})

// The cart block
for (const row of document.querySelectorAll('.wc-block-cart-items__row')) {
  const { key } = row.dataset
  row.querySelector('input').addEventListener('change', event =>
    batch('cart/update-item', { key, quantity: Number(event.target.value) })
  )
  row.querySelector('.wc-block-cart-item__remove-link').addEventListener('click', () => batch('cart/remove-item', { key }))
}
const coupon = document.querySelector('#wc-block-components-totals-coupon__form')
coupon?.addEventListener('submit', event => {
  event.preventDefault()
  write('cart/apply-coupon', { code: coupon.querySelector('input').value })
})

// The checkout block: React looks at the field itself, the address goes to the shop when it changes
const email = document.querySelector('.wc-block-checkout__form #email')
if (email) {
  email.addEventListener('change', () => batch('cart/update-customer', { billing_address: { email: email.value } }))
  document.querySelector('.wc-block-components-checkout-place-order-button').addEventListener('click', async () => {
    const answer = await (await write('checkout', { billing_address: { email: email.value } })).json()
    location.href = answer.payment_result.redirect_url
  })
}
