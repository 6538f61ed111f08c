// Joins the readable sources into one checked-in file per platform, and the loader: esbuild joins, terser shrinks.
//
//   node build.mjs            writes dist/
//   node build.mjs --check    exit 1 when dist/ is not what the sources give

import { readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { minify } from 'terser'

const here = new URL('.', import.meta.url)
const isCheck = process.argv.includes('--check')
let isStale = false

// What one of our files calls another's; nothing of a browser's or a page's is named so.
const OURS = /^(changes|hint|isOrdered|latest|look|lookedAt|silence|soon)$/

for (const name of ['shopify', 'woocommerce', 'loader']) {
  const { outputFiles } = await build({
    entryPoints: [new URL(`${name}.js`, here).pathname],
    bundle: true,
    format: 'iife',
    target: 'es2021',
    minifySyntax: true,
    // A page may have broken what the script needs to begin; it is told nothing and goes on.
    banner: { js: 'try{' },
    footer: { js: '}catch{}' },
    write: false
  })
  const { code } = await minify(outputFiles[0].text, {
    ecma: 2020,
    compress: { passes: 4, unsafe_arrows: true, pure_getters: true, inline: 3 },
    mangle: { properties: { regex: OURS } },
    format: { ascii_only: true }
  })
  const built = Buffer.from(code + '\n')
  const path = new URL(`dist/${name}.js`, here)
  if (isCheck) {
    let checkedIn = Buffer.alloc(0)
    try {
      checkedIn = readFileSync(path)
    } catch (problem) {
      console.error(`dist/${name}.js: ${problem.code}`)
    }
    if (!built.equals(checkedIn)) {
      console.error(`dist/${name}.js is not what the sources give: npm run build`)
      isStale = true
    }
  } else {
    writeFileSync(path, built)
    const [gzip, brotli] = [gzipSync(built, { level: 9 }).length, brotliCompressSync(built).length]
    console.log(`dist/${name}.js  ${built.length} bytes, gzip ${gzip}, brotli ${brotli}`)
  }
}
process.exit(isStale ? 1 : 0)
