// What the tracker finds in a page and did not put there itself. Read by TypeScript's checker only; nothing of this is
// in the built scripts. See tsconfig.json.

/** What a page may say in `window.tajoConfig`; README and docs/merchants say what each means. */
interface TajoConfig {
  siteKey?: string
  endpoint?: string
  capture?: 'typed' | 'submitted'
  /** required, implied, or the countries in which it is implied: 'CA US'. */
  consentMode?: string
  /** Of the shop's market, two letters. */
  country?: string
  gpc?: boolean
  dnt?: boolean
  debug?: boolean
  carts?: 'server'
  /** Where WordPress has its REST interface, if not at /wp-json/. */
  rest?: string
  customerEmail?: string
  customerId?: string | number
  customerName?: string
  signedOn?: string
  signature?: string
  product?: TajoProduct
  collection?: unknown
  search?: string
  cart?: { count?: number; total?: number; currency?: string }
}

/** A product as the snippets print it: the platform's own numbers. */
interface TajoProduct {
  id: string | number
  variant_id?: string | number
  sku?: string | null
  name: string
  variant_name?: string | null
  price?: string | number
  currency?: string
  url?: string
  image?: string
  categories?: string[]
  quantity?: number
  line_total?: string
  properties?: Record<string, unknown> | null
}

/** Put in front of the script by the collector (collector/web/tracker.py); the bare script goes without. */
declare const tajoSettings: TajoConfig & { self: string; shops: string }

interface Window {
  tajo?: any
  tajoConfig?: TajoConfig
  Shopify?: ShopifyPage
  jQuery?: (target: unknown) => { on(events: string, work: (...given: unknown[]) => unknown): unknown }
  __tcfapi?: (command: string, version: number, tell: (data: TcfData, success: boolean) => void) => void
  wp_has_consent?: (category: string) => boolean
  wp_consent_type?: string
  wp_fallback_consent_type?: string
  consent_api?: { cookie_prefix?: string }
}

/** Of `window.Shopify` what storefronts have; absent on password pages and behind some blockers. */
interface ShopifyPage {
  shop?: string
  designMode?: boolean
  visualPreviewMode?: boolean
  inspectMode?: boolean
  theme?: { role?: string }
  routes?: { root?: string }
  loadFeatures?: (features: { name: string; version: string }[], done: (problem?: unknown) => void) => void
  customerPrivacy?: {
    marketingAllowed(): boolean
    currentVisitorConsent(): { marketing: 'yes' | 'no' | '' }
  }
}

/**
 * A product shown by the theme; what it carries has the names of the Storefront API, as Shopify's own types have them,
 * but an amount is decimal text, with which scripts may calculate.
 */
interface ShopifyProductView extends Event {
  context: 'page' | 'dialog' | 'card'
  product: Pick<import('@shopify/web-pixels-extension').Product, 'id' | 'title'> & {
    selectedVariant?: Pick<import('@shopify/web-pixels-extension').ProductVariant, 'id'> & {
      price?: Pick<import('@shopify/web-pixels-extension').MoneyV2, 'currencyCode'> & { amount: any }
    }
  }
}

/** IAB TCF 2.2, as far as it is read. */
interface TcfData {
  gdprApplies?: boolean
  eventStatus?: 'tcloaded' | 'useractioncomplete' | 'cmpuishown'
  purpose?: { consents?: Record<number, boolean>; legitimateInterests?: Record<number, boolean> }
}

interface Document {
  /** Chrome, since 108: loaded in advance, not looked at yet. */
  readonly prerendering?: boolean
}

interface Navigator {
  readonly globalPrivacyControl?: boolean
}
