// Keeps the built scripts under versions/, named by their hash, for pages that ask for just that version.
//
//   node publish.mjs          after `node build.mjs`, when a release is made

import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'

const here = new URL('.', import.meta.url)
const today = new Date().toISOString().slice(0, 10)

for (const platform of ['shopify', 'woocommerce']) {
  const script = readFileSync(new URL(`dist/${platform}.js`, here))
  // The collector names a script by the same 16 digits.
  const name = `${platform}.${createHash('sha256').update(script).digest('hex').slice(0, 16)}.js`
  const path = new URL(`versions/${name}`, here)
  if (existsSync(path)) {
    console.log(`versions/${name} is there already`)
    continue
  }
  const integrity = 'sha384-' + createHash('sha384').update(script).digest('base64')
  writeFileSync(path, script)
  appendFileSync(new URL('versions/README.md', here), `| ${today} | \`${name}\` | \`${integrity}\` |\n`)
  console.log(`versions/${name}`)
}
