// What a custom pixel of Shopify finds in its sandbox (theme_snippets/shopify/*.js), by Shopify's own types.

import type { ExtensionApi } from '@shopify/web-pixels-extension'

declare global {
  const analytics: ExtensionApi['analytics']
  const browser: ExtensionApi['browser']
  const customerPrivacy: ExtensionApi['customerPrivacy']
  const init: ExtensionApi['init']
}
