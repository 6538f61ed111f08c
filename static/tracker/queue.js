// Events on their way to the collector. They wait in storage (`tajo_q`) until it answers, so that leaving the
// page, being offline or a collector that is down loses nothing. Sending one again is harmless: its id is the same.
//
// They wait as the beacons they will be, by an id: {w: visitor, consent and identity, e: the events, both as JSON,
// u: claimed until}. One without events only says its consent or identity.
//
// Tabs share the queue. What a page made it claims, and renews the claim while it waits. A page sends its own and what
// nobody claims any more, such as what a tab was killed with. Tabs see each other's writes late, so none takes its own
// for sent because they are gone from storage.

import { read, write } from './keep.js'
import { freshId, ignored, on, safely, say, settings } from './setup.js'

const QUEUE = 'tajo_q'
const MOST_KEPT = 250
const MOST_EVENTS = 50
const MOST_BYTES = 60000
const SETTLE = 250 // what happens at once shares a beacon
const CLAIM = 10e3
const FIRST_WAIT = 2e3
const LONGEST_WAIT = 36e5

let mine = {}
const inFlight = new Set()
let failures = 0
let notBefore = 0
let timer

const stored = safely(() => JSON.parse(read(QUEUE)))

/**
 * Write down what is mine, and leave out what is done.
 * @param {(entry: [string, any]) => boolean} [isLeft]
 */
function keep(isLeft = /** @type {(entry: any) => boolean} */ (() => true)) {
  const left = from => Object.fromEntries(Object.entries(from).filter(isLeft).slice(-MOST_KEPT))
  mine = left(mine)
  for (const beacon of Object.values(mine)) beacon.u = Math.max(Date.now(), notBefore) + CLAIM
  const text = JSON.stringify(left({ ...stored(), ...mine }))
  write(QUEUE, text === '{}' ? null : text)
}

/** What is nothing is left out; amounts and ids that are numbers become text, as the wire has them. */
const toJson = what =>
  JSON.stringify(what, (name, value) =>
    value || value === 0 ? (/id$|price|total/.test(name) && value >= 0 ? String(value) : value) : undefined
  )

/** who: {v: 1, visitor_id, consent, identity} */
export function add(who, event) {
  const w = toJson(who)
  /** @type {any} */
  const more = event ? toJson(event) : []
  // A Blob would know its size, too, but asks another process for it.
  const isFitting = e => !e[MOST_EVENTS - 1] && new TextEncoder().encode(e.concat(more)).length < MOST_BYTES
  if (!isFitting([])) return ignored('too large', event.type)
  const open = Object.keys(mine).find(id => !inFlight.has(id) && mine[id].w === w && isFitting(mine[id].e)) || freshId()
  mine[open] = { w, e: (mine[open]?.e || []).concat(more) }
  keep()
  later(SETTLE)
}

/** Discard everything but a denial that could not be told yet. */
export const clear = () => keep(([, { w }]) => /"denied"/.test(w))

function later(milliseconds) {
  clearTimeout(timer)
  timer = setTimeout(flush, Math.max(milliseconds, notBefore - Date.now()))
}

/** One beacon waits for the other's answer, unless the page may be gone in a moment. */
const flush = safely(isLeaving => {
  if (notBefore > Date.now()) return later(0)
  for (const [id, beacon] of Object.entries({ ...stored() })) if (!(beacon.u > Date.now())) mine[id] ||= beacon
  for (const [id, beacon] of Object.entries(mine)) {
    if (inFlight.has(id) || (inFlight.size && !isLeaving)) continue
    send(id, beacon).catch(ignored)
  }
})

async function send(id, { w, e }) {
  const body = `${w.slice(0, -1)},"sent_at":${Date.now()},"events":[${e}]}`
  /** @type {any} */
  let status = 0
  let retryAfter
  let detail
  inFlight.add(id)
  say('sending', body)
  try {
    // A text body keeps the request "simple": no CORS preflight, so it survives leaving the page.
    const answer = await fetch(/** @type {string} */ (settings.endpoint), {
      method: 'POST',
      body,
      credentials: 'omit',
      keepalive: true
    })
    retryAfter = answer.headers.get('Retry-After')
    detail = answer.headers.get('X-Collector') || (await answer.text())
    status = answer.status
  } catch (problem) {
    detail = problem
  }
  inFlight.delete(id)
  const isOver = /^(2..|400|404|413)$/.test(status)
  say('answer', status, detail, isOver ? '' : 'kept')
  if (isOver) {
    failures = 0
    // One of them is wrong: find out which.
    if (status === 400 && e[1]) for (const one of e) mine[freshId()] = { w, e: [one] }
  } else {
    const wait = Math.min(retryAfter * 1e3 || FIRST_WAIT * 2 ** failures++, LONGEST_WAIT)
    notBefore = Date.now() + wait * (1 + Math.random() / 4)
  }
  keep(entry => !isOver || entry[0] !== id)
  later(0)
}

/** Send what an earlier page left behind, and listen to what makes sending urgent or possible. */
export function startSending() {
  on('visibilitychange', () => flush(document.hidden))
  on('pagehide', () => {
    flush(true)
    // Should the browser bring this page back from its memory, another may have sent the rest.
    mine = {}
    inFlight.clear()
  })
  on('online', () => {
    notBefore = 0
    flush()
  })
  later(SETTLE)
  setTimeout(flush, CLAIM) // by then what a killed tab claimed is free
}
