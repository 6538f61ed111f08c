// Parses files of PHP as versions of it would: node php-syntax.mjs <version,…> <file>…
// Prints JSON: [[file, version, what is wrong]], empty when nothing is.

import { readFileSync } from 'node:fs'
import engine from 'php-parser'

const [versions, ...files] = process.argv.slice(2)
const wrong = []
for (const version of versions.split(',')) {
  const parser = new engine.Engine({ parser: { version, php7: true, suppressErrors: false } })
  for (const file of files) {
    try {
      parser.parseCode(readFileSync(file, 'utf8'), file)
    } catch (problem) {
      wrong.push([file, version, problem.message])
    }
  }
}
console.log(JSON.stringify(wrong))
