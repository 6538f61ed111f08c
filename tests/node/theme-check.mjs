// Prints what Shopify's theme-check finds in a theme, as JSON: node theme-check.mjs <folder of the theme>

import { themeCheckRun } from '@shopify/theme-check-node'

const { offenses } = await themeCheckRun(process.argv[2])
console.log(
  JSON.stringify(offenses.map(({ check, uri, start, message }) => ({ check, uri, line: start.line + 1, message })))
)
