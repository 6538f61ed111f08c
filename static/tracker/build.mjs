// Joins and shrinks the readable sources into one checked-in file per platform, and the loader.
//
//   node build.mjs            writes dist/
//   node build.mjs --check    exit 1 when dist/ is not what the sources give

import { readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const here = new URL('.', import.meta.url)
const isCheck = process.argv.includes('--check')
let isStale = false

for (const name of ['shopify', 'woocommerce', 'loader']) {
  const { outputFiles } = await build({
    entryPoints: [new URL(`${name}.js`, here).pathname],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2020',
    charset: 'ascii',
    banner: { js: "/* Tajo Collector. Readable sources: static/tracker. */\n'use strict';" },
    legalComments: 'none',
    write: false
  })
  const built = Buffer.from(outputFiles[0].contents)
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
