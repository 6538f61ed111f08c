// What Shopify's own library says of each case in a file: `node shopify-oracle.mjs cases.json` prints one answer each.
// A case is {kind: return | proxy | webhook | shop, …}; the answer true or false.

import { readFileSync } from 'node:fs'
import '@shopify/shopify-api/adapters/node'
import { shopifyApi, ApiVersion, LogSeverity } from '@shopify/shopify-api'

const { secret, now, cases } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
Date.now = () => now * 1000

const shopify = shopifyApi({
  apiKey: 'key',
  apiSecretKey: secret,
  hostName: 'collector.example',
  apiVersion: Object.values(ApiVersion)[0],
  isEmbeddedApp: false,
  logger: { level: LogSeverity.Error, log: () => {} }
})

// A field that is there several times is a list, as web frameworks hand it over.
function fieldsOf(query) {
  const found = {}
  for (const [name, value] of new URLSearchParams(query)) {
    found[name] = name in found ? [found[name], value].flat() : value
  }
  return found
}

async function answer({ kind, query, body, signature, shop }) {
  try {
    if (kind === 'shop') return shopify.utils.sanitizeShop(shop) !== null
    if (kind === 'webhook') {
      const headers = {
        'X-Shopify-Topic': 'orders/create',
        'X-Shopify-Shop-Domain': 'a.myshopify.com',
        'X-Shopify-API-Version': '2026-07',
        'X-Shopify-Webhook-Id': 'w-1',
        'X-Shopify-Hmac-Sha256': signature
      }
      return (await shopify.webhooks.validate({ rawBody: body, rawRequest: { headers }, rawResponse: {} })).valid
    }
    return await shopify.utils.validateHmac(fieldsOf(query), { signator: kind === 'proxy' ? 'appProxy' : 'admin' })
  } catch {
    return false // it throws where there is no signature, or the timestamp is too old
  }
}

const said = []
for (const one of cases) said.push(Boolean(await answer(one)))
console.log(JSON.stringify(said))
