// What WooCommerce's own client would send for each case in a file: `node woocommerce-oracle.mjs cases.json` prints
// {sent: [{url, authorization}, …], walked}: the second is what it saw reading the list of the shop at `walk` to its end.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const Client = require('@woocommerce/woocommerce-rest-api').default
const axios = require('axios')

const given = JSON.parse(readFileSync(process.argv[2], 'utf8'))

function client(url, more = {}) {
  return new Client({ url, consumerKey: given.key, consumerSecret: given.secret, version: 'wc/v3', ...more })
}

async function sent({ url, params, queryStringAuth }) {
  let seen
  // Where it would go out to the network: what axios makes of the call.
  const adapter = async (config) => {
    const { auth } = config
    const basic = auth && Buffer.from(`${auth.username}:${auth.password}`).toString('base64')
    seen = { url: axios.getUri(config), authorization: basic ? `Basic ${basic}` : '' }
    return { data: [], status: 200, statusText: 'OK', headers: {}, config }
  }
  try {
    await client(url, { queryStringAuth, axiosConfig: { adapter } }).get('orders', params)
  } catch (problem) {
    return { error: String(problem) }
  }
  return seen
}

async function walk(url) {
  const records = []
  let pages = 1
  let total = 0
  for (let page = 1; page <= pages; page++) {
    const answer = await client(url).get('orders', { page, per_page: 40, orderby: 'id', order: 'asc' })
    if (page === 1) {
      pages = Number(answer.headers['x-wp-totalpages'])
      total = Number(answer.headers['x-wp-total'])
    }
    records.push(...answer.data.map((one) => one.id))
  }
  return { records, pages, total }
}

const said = []
for (const one of given.cases) said.push(await sent(one))
console.log(JSON.stringify({ sent: said, walked: await walk(given.walk) }))
