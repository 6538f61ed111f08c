// Shopify's sandbox for a custom pixel, as far as the pixel uses it: `node sandbox.mjs stories.json` runs the pixel
// through each story, in a sandbox of its own, and prints what it sent and what it kept.
//
// A story: {pixel, cookie, storage, allowed, steps, fetchFails}. A step is {event} (one of Shopify's), or {consent}, or
// {cookieFails}.

import { readFileSync } from 'node:fs'
import vm from 'node:vm'

const uncaught = []
process.on('unhandledRejection', problem => uncaught.push(String(problem)))

async function play(story) {
  const listeners = {}
  const sent = []
  const jar = { tajo_id: story.cookie ?? '' }
  const stored = story.storage ? { tajo_id: story.storage } : {}
  let privacyListener = () => {}
  let isBroken = false
  const mayFail = work => async (...given) => {
    if (isBroken) throw new Error('blocked')
    return work(...given)
  }

  const world = {
    analytics: { subscribe: (name, told) => ((listeners[name] ||= []).push(told), () => true) },
    browser: {
      cookie: {
        get: mayFail(name => jar[name] ?? ''),
        set: mayFail(text => {
          const [, name, value] = /^([^=]+)=([^;]*)/.exec(text)
          jar[name] = value
        })
      },
      localStorage: {
        getItem: mayFail(name => stored[name] ?? null),
        setItem: mayFail((name, value) => void (stored[name] = value)),
        removeItem: mayFail(name => void delete stored[name])
      },
      sendBeacon: async (url, body) => (sent.push({ url, body, by: 'sendBeacon' }), true)
    },
    customerPrivacy: { subscribe: (name, told) => ((privacyListener = told), () => true) },
    init: { customerPrivacy: { marketingAllowed: story.allowed, analyticsProcessingAllowed: true } },
    fetch: async (url, request) => {
      if (story.fetchFails) throw new TypeError('Failed to fetch')
      sent.push({ url, ...request, by: 'fetch' })
      return {}
    },
    crypto: globalThis.crypto,
    TextEncoder
  }

  vm.runInNewContext(readFileSync(story.pixel, 'utf8'), world)
  for (const step of story.steps) {
    if (step.event) for (const told of listeners[step.event.name] || []) told(step.event)
    if ('consent' in step) privacyListener({ customerPrivacy: { marketingAllowed: step.consent } })
    if (step.cookieFails) isBroken = true
    await new Promise(done => setTimeout(done, 5))
  }
  await new Promise(done => setTimeout(done, 20))
  return { sent, jar, stored }
}

const played = []
for (const story of JSON.parse(readFileSync(process.argv[2], 'utf8'))) played.push(await play(story))
console.log(JSON.stringify({ played, uncaught }))
