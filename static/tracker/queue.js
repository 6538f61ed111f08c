// Events on their way to the collector. They wait in storage (`tajo_q`) until it answers, so that leaving the
// page, being offline or a collector that is down loses nothing. Sending one again is harmless: the id is the same.
//
// A tab sends its own entries and what it found when it began. Tabs see each other's writes to storage late, so
// none trusts it with what it has not had an answer for.
//
// An entry: {k: its id, v: visitor id, c: consent, i: identity or absent, e: event or absent}. Entries of one
// visitor, consent and identity go out together; one without an event only says its consent or identity.

import { read, write } from './keep.js'
import { freshId, ignored, on, safely, say, settings } from './setup.js'

const QUEUE = 'tajo_q'
const MOST_KEPT = 250
const MOST_BYTES = 60000
const WEEK = 7 * 86400e3 // older events start nothing any more
const SETTLE = 250 // what happens at once shares a beacon
const FIRST_WAIT = 2000
const LONGEST_WAIT = 300e3

let most = 50 // events in a beacon
let inFlight = [] // ids of entries
let failures = 0
let notBefore = 0
let timer

let mine // entries this tab answers for

function stored() {
  let entries
  try {
    entries = JSON.parse(read(QUEUE)) || []
  } catch (problem) {
    ignored('queue not readable', problem)
  }
  return Array.isArray(entries) ? entries.filter(entry => !entry.e || entry.e.at > Date.now() - WEEK) : []
}

const waiting = () => mine || (mine = stored())

function keep(entries, others) {
  mine = entries.slice(-MOST_KEPT)
  const all = others.filter(other => !mine.some(entry => entry.k === other.k)).concat(mine)
  write(QUEUE, all.length ? JSON.stringify(all.slice(-MOST_KEPT)) : null)
}

export function add(visitorId, consent, identity, event) {
  if (new Blob([JSON.stringify(event || 0)]).size > MOST_BYTES) return ignored('too large', event.type)
  const entry = { k: event ? event.id : freshId(), v: visitorId, c: consent, i: identity, e: event }
  keep(waiting().concat(entry), stored())
  later(SETTLE)
}

/** Discard everything but a denial that could not be told yet. */
export function clear() {
  keep(waiting().filter(entry => entry.c === 'denied'), [])
}

function later(milliseconds) {
  clearTimeout(timer)
  timer = setTimeout(flush, Math.max(milliseconds, notBefore - Date.now()))
}

const withoutNothing = (name, value) => (value === null || value === '' ? undefined : value)
const group = entry => JSON.stringify([entry.v, entry.c, entry.i])

/** The next beacon out of these entries: {keys, body}, or undefined. */
function next(entries) {
  if (!entries.length) return
  const { v, c, i } = entries[0]
  const beacon = { v: 1, visitor_id: v, sent_at: Date.now(), consent: c, identity: i, events: [] }
  const keys = []
  let body
  for (const entry of entries) {
    if (keys.length === most || group(entry) !== group(entries[0])) break
    if (entry.e) beacon.events.push(entry.e)
    const longer = JSON.stringify(beacon, withoutNothing)
    if (body && new Blob([longer]).size > MOST_BYTES) break
    body = longer
    keys.push(entry.k)
  }
  return { keys, body }
}

export const flush = safely(function () {
  if (inFlight.length) return // its answer flushes again
  if (notBefore > Date.now()) return later(0)
  const batch = next(waiting())
  if (!batch) return
  inFlight = batch.keys
  say('sending', batch.body)
  // text/plain keeps the request "simple": no CORS preflight, so it survives leaving the page.
  fetch(settings.endpoint, {
    method: 'POST',
    body: batch.body,
    headers: { 'Content-Type': 'text/plain' },
    credentials: 'omit',
    keepalive: true
  }).then(
    answer => answered(batch.keys, answer.status, answer.headers.get('Retry-After')),
    problem => answered(batch.keys, 0, problem)
  )
})

function answered(keys, status, detail) {
  inFlight = []
  say('answer', status, detail)
  if (status === 400 && keys.length > 1) {
    most = 1 // one of them is wrong: find out which
    later(0)
  } else if ((status >= 200 && status < 300) || status === 400 || status === 404 || status === 413) {
    failures = 0
    const isLeft = entry => !keys.includes(entry.k)
    keep(waiting().filter(isLeft), stored().filter(isLeft))
    later(0)
  } else {
    const wait = Number(detail) * 1000 || Math.min(FIRST_WAIT * 2 ** failures++, LONGEST_WAIT)
    notBefore = Date.now() + wait * (1 + Math.random() / 4)
    later(0)
  }
}

/** The page may be gone in a moment. A handed-over beacon gives no answer, so its entries stay. */
function leaving() {
  let entries = waiting().filter(entry => !inFlight.includes(entry.k))
  for (let batch; notBefore < Date.now() && (batch = next(entries)); ) {
    if (!navigator.sendBeacon || !navigator.sendBeacon(settings.endpoint, batch.body)) break
    say('handed over', batch.body)
    entries = entries.filter(entry => !batch.keys.includes(entry.k))
  }
}

/** Send what an earlier page left behind, and listen to what makes sending urgent or possible. */
export function startSending() {
  on(window, 'pagehide', leaving)
  on(document, 'visibilitychange', () => (document.visibilityState === 'hidden' ? leaving() : later(0)))
  on(window, 'online', () => {
    notBefore = 0
    later(0)
  })
  later(SETTLE)
}
