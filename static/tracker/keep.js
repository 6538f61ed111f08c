// What the browser remembers for us: the visitor id (cookie `tajo_id` and storage, each repaired from the
// other) and small marks such as the cart last sent. Nothing is kept before `allow` and nothing after `forget`.

import { freshId, safely } from './setup.js'

export const ID = 'tajo_id'
const memory = {} // what storage may not hold yet, or would not take; gone with the page
const marks = []
let isAllowed

export const read = safely((name, store = 'localStorage') =>
  name in memory ? memory[name] : window[store].getItem(name)
)

/** `value` null removes. */
export const write = safely((name, value, store = 'localStorage') => {
  memory[name] = value
  window[store][value === null ? 'removeItem' : 'setItem'](name, value)
  delete memory[name]
})

export const cookie = safely(name => ('; ' + document.cookie).split(`; ${name}=`)[1]?.split(';')[0])

const setCookie = safely((value, seconds) => {
  document.cookie =
    `${ID}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax` + (location.protocol === 'https:' ? '; Secure' : '')
})

/** The id this browser was known by, or undefined. */
export const knownVisitor = () => valid(read(ID)) || valid(cookie(ID)) // asking for cookies makes a page wait

const valid = id => /^[\w-]{8,64}$/.test(id) && id

/** From now on things may be kept: what was marked before, and the visitor id for another 400 days. */
export function allow() {
  isAllowed = true
  const id = knownVisitor() || freshId()
  setCookie(id, 400 * 86400)
  write(ID, id)
  for (const [name, store] of marks) if (name in memory) write(name, memory[name], store)
  return id
}

/** Back to keeping nothing new; what is there stays. */
export function suspend() {
  isAllowed = false
}

export function forget() {
  suspend()
  setCookie('', 0)
  write(ID, null)
  for (const [name, store] of marks) write(name, null, store)
}

/** A mark to remember things by, for good or in 'sessionStorage': `it()` reads, "" when there is none;
 * `it(value)` writes. */
export function mark(name, store) {
  marks.push([name, store])
  return value => {
    if (value === undefined) return (isAllowed ? read(name, store) : memory[name]) || ''
    if (isAllowed) write(name, value, store)
    else memory[name] = value
  }
}
