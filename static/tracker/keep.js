// What the browser remembers for us: the visitor id (cookie `tajo_id` and storage, each repaired from the
// other) and small marks such as the cart last sent. Nothing is kept before `allow` and nothing after `forget`.

import { freshId, ignored } from './setup.js'

const ID = 'tajo_id'
const DAYS_400 = 400 * 86400
const memory = {} // what storage would not take
const marks = []
let isAllowed = false
let held = {} // marks made before keeping was allowed
let visitorId

export function read(name, store = 'localStorage') {
  try {
    const value = window[store].getItem(name)
    if (value !== null) return value
  } catch (problem) {
    ignored('storage', problem)
  }
  return name in memory ? memory[name] : null
}

/** `value` null removes. */
export function write(name, value, store = 'localStorage') {
  delete memory[name]
  try {
    if (value === null) window[store].removeItem(name)
    else window[store].setItem(name, value)
  } catch (problem) {
    ignored('storage', problem)
    if (value !== null) memory[name] = value
  }
}

export function cookie(name) {
  const found = ('; ' + document.cookie).split('; ' + name + '=')[1]
  return found && found.split(';')[0]
}

function setCookie(value, seconds) {
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  document.cookie = ID + '=' + value + '; Path=/; Max-Age=' + seconds + '; SameSite=Lax' + secure
}

/** The id this browser was known by, or undefined. */
export function knownVisitor() {
  return [cookie(ID), read(ID), visitorId].find(id => /^[\w-]{8,64}$/.test(id || ''))
}

/** From now on things may be kept: what was marked before, and the visitor id for another 400 days. */
export function allow() {
  isAllowed = true
  visitorId = knownVisitor() || freshId()
  setCookie(visitorId, DAYS_400)
  write(ID, visitorId)
  for (const [name, store] of marks) if (name in held) write(name, held[name], store)
  held = {}
  return visitorId
}

/** Back to keeping nothing new; what is there stays. */
export function suspend() {
  isAllowed = false
}

export function forget() {
  isAllowed = false
  held = {}
  visitorId = undefined
  setCookie('', 0)
  write(ID, null)
  for (const [name, store] of marks) write(name, null, store)
}

/** A mark to remember things by, for good or in 'sessionStorage': `it()` reads, "" when there is none;
 * `it(value)` writes. */
export function mark(name, store) {
  marks.push([name, store])
  return function (value) {
    if (value === undefined) return (isAllowed ? read(name, store) : held[name]) || ''
    if (isAllowed) write(name, value, store)
    else held[name] = value
  }
}
