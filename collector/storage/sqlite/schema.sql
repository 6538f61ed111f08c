-- Made by `python -m collector.storage.sqlite.schema`.

CREATE TABLE shops (
  id integer primary key autoincrement,    -- never given twice: inbox rows outlive a purged shop
  platform text not null,                  -- shopify | woocommerce
  address text not null,                   -- normalised
  url text not null,
  name text not null default '',
  site_key text not null unique,
  hook_key_hash text unique,               -- sha256 hex; the key itself is among the secrets
  secrets text not null,                   -- encrypted JSON
  sending text not null,                   -- live | observe | off
  is_enabled integer not null,
  origin text not null,                    -- install | file
  installed_at text not null,
  activated_at text,                       -- the watermark: what is older sends nothing
  uninstalled_at text,
  removed_at text,
  currency text not null default '',
  settings text not null default '{}', zone text not null default '', described_at text not null default '', storefront text not null default '',     -- JSON, kept by install
  unique (platform, address)
) strict;

CREATE TABLE leases (
  name text primary key,
  holder text not null,
  expires_at text not null
) strict, without rowid;

CREATE TABLE cursors (
  shop_id integer not null references shops(id),
  lane text not null,                      -- live | history
  inbox_generation text not null,
  last_id integer not null,
  primary key (shop_id, lane)
) strict, without rowid;

CREATE TABLE row_outcomes (
  inbox_generation text not null,
  inbox_id integer not null,
  shop_id integer not null references shops(id),
  outcome text not null,                   -- skipped | duplicate | quarantined | …
  reason text not null,
  primary key (inbox_generation, inbox_id)
) strict, without rowid;

CREATE TABLE delivered (
  shop_id integer not null references shops(id),
  key text not null,
  first_row_id integer not null,
  primary key (shop_id, key)
) strict, without rowid;

CREATE INDEX delivered_in_order on delivered (shop_id, first_row_id);

CREATE TABLE quarantine (
  id integer primary key,
  shop_id integer not null references shops(id),
  inbox_generation text not null,
  inbox_id integer not null,
  lane text not null,
  kind text not null,
  topic text not null,
  delivery_id text not null,
  facts text not null,                     -- JSON
  received_at text not null,
  body blob not null,
  reason text not null,
  detail text not null,
  quarantined_at text not null,
  replayed_at text,
  unique (inbox_generation, inbox_id)
) strict;

CREATE INDEX quarantine_open on quarantine (shop_id, id) where replayed_at is null;

CREATE TABLE decisions (
  id integer primary key,
  shop_id integer not null references shops(id),
  person integer,                          -- people are derived anew, so no reference
  cart integer,
  generation integer,
  kind text not null,
  step integer not null default 0,
  decided_at text not null,
  outcome text not null,
  reason text not null,
  truth text not null,                     -- what the truth check could see
  detail text not null                     -- JSON
) strict;

CREATE INDEX decisions_by_shop on decisions (shop_id, decided_at);

CREATE INDEX decisions_of_person on decisions (person, decided_at) where person is not null;

CREATE INDEX decisions_of_cart on decisions (cart, decided_at) where cart is not null;

CREATE TABLE outbox (
  id integer primary key autoincrement,
  shop_id integer not null references shops(id),
  account text not null,                   -- the destination account; its budget is shared
  lane text not null,
  message_key text not null,               -- one effect, one key
  person integer,
  ordering text not null,                  -- rows with the same text leave in order of id; '': any order
  kind text not null,
  event_name text not null,
  needs integer references outbox(id),     -- the row that must be done first
  payload text not null,                   -- JSON
  created_at text not null,
  due_at text not null,
  expires_at text,
  claimed_at text,
  claimed_by text not null default '',
  is_reclaimed integer not null default 0, -- an earlier worker died holding it: nobody knows whether it left
  attempts integer not null default 0,
  state text not null default 'waiting',   -- waiting | done | dead | skipped | unknown
  reason text not null default '',
  answered text,                           -- JSON
  done_at text, is_dropped integer not null default 0,
  unique (shop_id, message_key)
) strict;

CREATE INDEX outbox_due on outbox (account, lane, due_at) where state = 'waiting';

CREATE INDEX outbox_in_order on outbox (shop_id, ordering, id) where state = 'waiting' and ordering <> '';

CREATE INDEX outbox_needed on outbox (needs) where needs is not null;

CREATE INDEX outbox_by_state on outbox (state, id);

CREATE TABLE budgets (
  account text not null,
  family text not null,
  window_s integer not null,
  window_start text not null,
  ends_at text not null,
  used integer not null,
  limit_per_window integer,                -- as the account's own answers say; null: not told yet
  corrected_at text,
  primary key (account, family, window_s)
) strict, without rowid;

CREATE TABLE visitors (
  id integer primary key,
  shop_id integer not null references shops(id),
  visitor_id text not null,                -- made by the browser
  first_seen_at text not null,
  last_seen_at text not null,              -- '' before its first event
  last_event_id text not null default '',  -- with last_seen_at: the newest event's place in time
  consent text not null default 'granted', -- granted | denied | unknown: may this browser be observed
  consent_at text not null default '',
  suspicion text not null default '',      -- why it may be a bot; holds messages
  unique (shop_id, visitor_id)
) strict;

CREATE TABLE events (
  id integer primary key,
  shop_id integer not null references shops(id),
  event_id text not null,                  -- made at the source
  type text not null,
  occurred_at text not null,
  received_at text not null,
  visitor integer references visitors(id),
  cart integer references cart_keys(id),
  detail text not null,                    -- JSON: page, product, items, …
  unique (shop_id, event_id)
) strict;

CREATE INDEX events_of_visitor on events (visitor, occurred_at) where visitor is not null;

CREATE INDEX events_of_cart on events (cart, occurred_at) where cart is not null;

CREATE TABLE sessions (
  id integer primary key,
  shop_id integer not null references shops(id),
  visitor integer not null references visitors(id),
  started_at text not null,
  last_event_at text not null,
  landing_page text not null,
  referrer text not null,
  utm text not null,                       -- JSON: source, medium, campaign, term, content
  device text not null,                    -- desktop | mobile | tablet | other
  events integer not null,
  page_views integer not null,
  product_views integer not null,
  collection_views integer not null,
  searches integer not null,
  cart_changes integer not null,
  next_check_at text,                      -- when to ask whether browsing was abandoned; null: nothing to ask
  unique (visitor, started_at)
) strict;

CREATE INDEX sessions_by_shop on sessions (shop_id, last_event_at);

CREATE INDEX sessions_due on sessions (shop_id, next_check_at) where next_check_at is not null;

CREATE TABLE identity_links (
  shop_id integer not null references shops(id),
  a_kind text not null,                    -- cart | customer | email | phone | visitor
  a_value text not null,
  b_kind text not null,
  b_value text not null,
  strength text not null,                  -- claimed | typed | signed | ordered
  source text not null,                    -- page, form, customer, order, checkout, cart
  first_at text not null,
  last_at text not null,
  primary key (shop_id, a_kind, a_value, b_kind, b_value, strength, source)
) strict, without rowid;

CREATE INDEX identity_links_reverse on identity_links (shop_id, b_kind, b_value);

CREATE TABLE people (
  id integer primary key,
  shop_id integer not null references shops(id),
  conflict text not null default ''        -- why its links do not agree; holds messages
) strict;

CREATE TABLE person_nodes (
  shop_id integer not null,
  kind text not null,
  value text not null,
  person integer not null references people(id),
  primary key (shop_id, kind, value)
) strict, without rowid;

CREATE INDEX person_nodes_of on person_nodes (person);

CREATE TABLE cart_keys (
  id integer primary key,
  shop_id integer not null references shops(id),
  key text not null,
  last_at text not null default '',        -- place in time of the newest fact replayed: time, rank, id
  last_rank integer not null default 0,
  last_id text not null default '',
  carry text not null default '',          -- JSON: what the next fact is compared with (carts.Timeline)
  unique (shop_id, key)
) strict;

CREATE TABLE carts (
  id integer primary key,
  shop_id integer not null references shops(id),
  cart integer not null references cart_keys(id),
  generation integer not null,
  state text not null,                     -- open | ordered | emptied | failed
  stage text not null,                     -- cart | checkout | payment
  opened_at text not null,
  changed_at text not null,                -- last change of content
  stepped_at text not null,                -- last checkout step or payment attempt, else changed_at
  closed_at text,
  order_id text not null default '',       -- the order that closed it
  items text not null,                     -- JSON list
  items_hash text not null,
  item_count integer not null,
  currency text not null,
  total_minor integer,
  checkout_url text not null,
  recovery_url text not null,
  checkout_token text not null,
  payment_order_id text not null,
  next_check_at text,                      -- when to ask whether it is abandoned; null: nobody to tell, or closed
  unique (cart, generation)
) strict;

CREATE INDEX carts_due on carts (shop_id, next_check_at) where next_check_at is not null;

CREATE INDEX carts_of_order on carts (shop_id, order_id);

CREATE TABLE checkouts (
  shop_id integer not null references shops(id),
  token text not null,
  version_at text not null,
  content_hash text not null,
  cart integer references cart_keys(id),
  email text not null,
  phone text not null,
  customer_id text not null,
  recovery_url text not null,
  items text not null,
  completed_at text,
  accepts_marketing integer, stated_at text not null default '1970-01-01T00:00:00.000Z',
  primary key (shop_id, token)
) strict, without rowid;

CREATE INDEX checkouts_completed on checkouts (cart) where completed_at is not null;

CREATE TABLE customers (
  id integer primary key,
  shop_id integer not null references shops(id),
  customer_id text not null,
  version_at text not null,
  content_hash text not null,
  created_at text,
  deleted_at text,
  email text not null,
  phone text not null,
  first_name text not null,
  last_name text not null,
  company text not null,
  city text not null,
  region text not null,
  postcode text not null,
  country text not null,
  locale text not null,
  role text not null,
  is_staff integer not null,
  first_version_at text not null,          -- the oldest version seen and its content
  first_content_hash text not null,
  billing_email text not null,
  currency text not null,
  orders_count integer,
  total_spent_minor integer,
  counted_at text not null default '',     -- version the two counters come from
  tagged_at text not null default '',      -- version the whole list of tags comes from
  tags text not null default '[]', extras text not null default '{}', extras_at text not null default '', stated_at text not null default '1970-01-01T00:00:00.000Z', tags_stated_at text not null default '1970-01-01T00:00:00.000Z', extras_stated_at text not null default '1970-01-01T00:00:00.000Z', last_order_at text not null default '', last_order_known_at text not null default '',         -- that list, JSON
  unique (shop_id, customer_id)
) strict;

CREATE INDEX customers_of_email on customers (shop_id, email);

CREATE TABLE customer_tags (
  shop_id integer not null,
  customer_id text not null,
  tag text not null,
  is_present integer not null,
  changed_at text not null,
  primary key (shop_id, customer_id, tag)
) strict, without rowid;

CREATE TABLE orders (
  id integer primary key,
  shop_id integer not null references shops(id),
  order_id text not null,                  -- the platform's id
  number text not null,
  version_at text not null,
  content_hash text not null,
  first_version_at text not null,          -- the oldest version seen and its content
  first_content_hash text not null,
  state text not null,
  kind text not null,
  status text not null,
  created_at text not null,
  started_at text,                         -- first known: payment running
  accepted_at text,
  paid_at text,
  failed_at text,
  cancelled_at text,
  fulfilled_at text,
  deleted_at text,                         -- arrivals: a deletion has no time of its own
  restored_at text,
  is_test integer not null,
  currency text not null,
  total_minor integer not null,
  base_currency text not null,
  base_total_minor integer,
  email text not null,
  phone text not null,
  customer_id text not null,
  visitor_id text not null,
  cart_token text not null,
  checkout_token text not null,
  country text not null,
  locale text not null,
  items text not null,
  detail text not null, stated_at text not null default '1970-01-01T00:00:00.000Z', substance text not null default '', first_substance text not null default '', told_version_at text not null default '', told_state text not null default '', told_substance text not null default '', refunds_version_at text not null default '', refunds_listed_at text not null default '',
  unique (shop_id, order_id)
) strict;

CREATE INDEX orders_of_email on orders (shop_id, email);

CREATE TABLE order_nodes (
  shop_id integer not null,
  kind text not null,
  value text not null,
  order_id text not null,
  primary key (shop_id, kind, value, order_id)
) strict, without rowid;

CREATE INDEX order_nodes_of_order on order_nodes (shop_id, order_id);

CREATE TABLE order_refunds (
  shop_id integer not null,
  order_id text not null,
  refund_id text not null,
  occurred_at text not null,
  amount_minor integer not null,
  currency text not null, version_at text not null default '', listed_at text not null default '', has_moved integer not null default 1, is_bare integer not null default 0,
  primary key (shop_id, order_id, refund_id)
) strict, without rowid;

CREATE TABLE tombstones (
  shop_id integer not null,
  kind text not null,                      -- customer | order | visitor (a denial; id is a hash)
  id text not null,
  occurred_at text not null,
  primary key (shop_id, kind, id)
) strict, without rowid;

CREATE TABLE consent_ledger (
  id integer primary key,
  shop_id integer not null references shops(id),
  subject_kind text not null,              -- email | phone
  subject text not null,
  channel text not null,                   -- email | sms | whatsapp
  state text not null,                     -- opted_in | opted_out | pending | none | unticked
  act text not null,
  source text not null,
  occurred_at text not null,
  recorded_at text not null,
  detail text not null default '',
  unique (shop_id, subject_kind, subject, channel, state, act, source, occurred_at)
) strict;

CREATE TRIGGER consent_ledger_is_append_only_update before update on consent_ledger
begin select raise(abort, 'the consent ledger only appends'); end;

CREATE TABLE reminders (
  id integer primary key,
  shop_id integer not null references shops(id),
  effect text not null,                    -- one reminder, one key: cart and generation or session, and step
  abandonment_id text not null,
  kind text not null,                      -- cart | browse
  stage text not null,                     -- cart | checkout | payment | browse
  step integer not null,
  cart integer references cart_keys(id),
  generation integer,
  email text not null,
  decided_at text not null,
  recovered_at text,
  unique (shop_id, effect)
) strict;

CREATE INDEX reminders_of_email on reminders (shop_id, email, decided_at);

CREATE INDEX reminders_of_cart on reminders (cart, generation) where cart is not null;

CREATE TABLE cart_told (
  shop_id integer not null,
  cart integer not null references cart_keys(id),
  generation integer not null,
  email text not null,
  first_at text not null,
  primary key (cart, generation, email)
) strict, without rowid;

CREATE TABLE account_contacts (
  account text not null,
  email text not null,
  shop_id integer not null references shops(id),
  first_at text not null,                  -- when this shop first told of it; the first of all names the contact
  prefix text not null,                    -- of its attributes: counters are sums over shops with the same one
  ext_id text not null default '',         -- the name this shop gave the contact
  content text not null default '',        -- hash of the attributes told last …
  changes integer not null default 0,      -- … and how often they changed
  lists text not null default '[]',        -- JSON: the lists it was ever put on, by their roles
  primary key (account, email, shop_id)
) strict, without rowid;

CREATE INDEX account_contacts_of_shop on account_contacts (account, prefix, shop_id);

CREATE INDEX account_contacts_named on account_contacts (account, ext_id) where ext_id <> '';

CREATE TABLE jobs (
  name text primary key,
  due_at text not null,
  progress text not null,                  -- JSON, the job's own
  finished_at text,                        -- when its last turn ended well; null: none did
  failures integer not null default 0,     -- in a row
  said text not null default ''            -- one sentence about the last turn
) strict, without rowid;

CREATE TABLE account_hooks (
  account text primary key,
  key_hash text not null unique,           -- sha256 hex; the key itself is among the secrets
  secrets text not null,                   -- encrypted JSON: key and token
  made_at text not null
) strict, without rowid;

CREATE TABLE account_blocks (
  account text not null,
  email text not null,
  is_ours integer not null,                -- we made the contact blocked: nobody opted out
  since text not null,
  primary key (account, email)
) strict, without rowid;

CREATE TABLE double_opt_ins (
  account text not null,
  email text not null,
  shop_id integer not null references shops(id),
  message_key text not null,               -- of the outbox
  asked_at text not null,
  confirmed_at text,
  primary key (account, email)
) strict, without rowid;

CREATE INDEX consent_ledger_opt_outs on consent_ledger (id)
  where state = 'opted_out' and subject_kind = 'email' and channel = 'email';

CREATE TABLE outbox_calls (
  id integer primary key,
  shop_id integer not null references shops(id),
  message integer not null references outbox(id),
  attempt integer not null,                -- as the outbox counts them
  at text not null,
  method text not null,
  path text not null,                      -- without addresses
  sent blob,                               -- the exact body, zlib; null: none
  status integer not null,                 -- 0: no answer
  answered text not null,                  -- its beginning
  request_id text not null,
  error text not null                      -- why there is no answer
) strict;

CREATE INDEX outbox_calls_of on outbox_calls (message, id);

CREATE INDEX outbox_calls_old on outbox_calls (at);

CREATE INDEX outbox_old on outbox (done_at) where done_at is not null and is_dropped = 0;

CREATE INDEX outbox_stopped on outbox (account, reason, id)
where state = 'waiting' and reason >= 'stopped_' and reason < 'stopped`';

CREATE TABLE products (
  id integer primary key,
  shop_id integer not null references shops(id),
  product_id text not null,
  parent_id text not null,                 -- '' or the product a variant belongs to
  content text not null,                   -- JSON: the newest version (catalogue.ProductSeen)
  content_hash text not null,              -- of what it says, without its stock
  seen_at text not null,                   -- the last moment a body proves that it exists
  first_version_at text not null,          -- the oldest version seen and its content
  first_content_hash text not null,
  membership text not null default '',     -- JSON: its categories, by the newest body that names them
  deleted_at text,
  revision integer not null default 0,     -- counts changes: who told an older one has not told this one
  due_at text, earlier text not null default '', asked_at text not null default '',                             -- when to look what has to be told; null: nothing changed since
  unique (shop_id, product_id)
) strict;

CREATE INDEX products_due on products (shop_id, (parent_id <> ''), due_at) where due_at is not null;

CREATE INDEX products_of_parent on products (shop_id, parent_id) where parent_id <> '';

CREATE TABLE stock_items (
  shop_id integer not null,
  item_id text not null,
  product_id text not null,
  primary key (shop_id, item_id, product_id)
) strict, without rowid;

CREATE TABLE stock_levels (
  shop_id integer not null,
  item_id text not null,
  location_id text not null,
  changed_at text not null,
  available integer not null,
  primary key (shop_id, item_id, location_id, changed_at, available)
) strict, without rowid;

CREATE TABLE categories (
  id integer primary key,
  shop_id integer not null references shops(id),
  category_id text not null,
  content text not null,                   -- JSON (catalogue.CategorySeen)
  seen_at text not null,
  deleted_at text,
  revision integer not null default 0,
  due_at text,
  told_hash text not null default '',      -- fingerprint of what the destination has; '': nothing
  told_at text,
  refused_hash text not null default '',   -- fingerprint of what it would not take
  refused text not null default '',        -- in its own words
  unique (shop_id, category_id)
) strict;

CREATE INDEX categories_due on categories (shop_id, due_at) where due_at is not null;

CREATE TABLE coupons (
  id integer primary key,
  shop_id integer not null references shops(id),
  coupon_id text not null,
  content text not null,                   -- JSON (coupons.CouponSeen)
  seen_at text not null,
  deleted_at text,
  due_at text,                             -- when to look whether its code goes into a pool
  pooled_at text,                          -- when it went there; it never comes back
  unique (shop_id, coupon_id)
) strict;

CREATE INDEX coupons_due on coupons (shop_id, due_at) where due_at is not null;

CREATE TABLE catalogue_told (
  shop_id integer not null,
  product_id text not null,                -- the record it comes from
  entry_id text not null,                  -- id of the product or variant
  told_hash text not null default '',
  told_at text,
  is_reduced integer not null default 0,   -- a former price was told: it has to be taken back
  refused_hash text not null default '',
  refused text not null default '',
  refused_at text,
  primary key (shop_id, product_id, entry_id)
) strict, without rowid;

CREATE TABLE catalogue_shops (
  shop_id integer primary key references shops(id),
  account text not null,
  prefix text not null,                    -- before its ids: '' for the account's first shop
  rules text not null                      -- fingerprint: when it changes, everything is looked at again
) strict;

CREATE INDEX catalogue_prefixes on catalogue_shops (account, prefix);

CREATE TABLE catalogue_accounts (
  account text primary key,
  held_until text,
  held_reason text not null default '',
  held_cure text not null default '',
  categories_at text
) strict, without rowid;

CREATE TABLE history_marks (
  shop_id integer not null references shops(id),
  kind text not null,                      -- contact | order
  subject text not null,                   -- e-mail address | order id
  email text not null,                     -- whose it is
  is_due integer not null,                 -- to be told
  marked_at text not null,
  batch integer references history_batches(id), -- on its way with it; a change meanwhile makes it due once more
  told_hash text not null default '',      -- of what was told last: the same again costs nothing
  grouping text not null default '',       -- contacts: by consent and lists, or `alone`; '': not looked at since marked
  there text not null default '',          -- contacts, at Brevo: none | open | blocked; '': not asked
  asked_at text not null default '',
  primary key (shop_id, kind, subject)
) strict, without rowid;

CREATE INDEX history_marks_due on history_marks (shop_id, kind, grouping, there, subject, marked_at, is_due, batch)
where is_due = 1 and batch is null;

CREATE INDEX history_marks_of_batch on history_marks (batch) where batch is not null;

CREATE TABLE history_numbers (
  account text not null,
  number text not null,                    -- digits
  email text not null,
  shop_id integer not null references shops(id), -- who came to know of it
  primary key (account, number, email)
) strict, without rowid;

CREATE INDEX history_numbers_of on history_numbers (account, email);

CREATE TABLE history_batches (
  id integer primary key autoincrement,
  account text not null,
  shop_id integer not null references shops(id),
  kind text not null,                      -- contacts | orders
  grouping text not null,
  subjects integer not null,
  bytes integer not null,
  state text not null,                     -- leaving | sent | done | failed | lost
  reference text not null default '',      -- the process or batch at Brevo
  made_at text not null,
  next_look_at text not null,
  looks integer not null default 0,
  ended_at text,
  said text not null default ''
) strict;

CREATE INDEX history_batches_open on history_batches (account, kind, id) where ended_at is null;

CREATE INDEX history_batches_in_order on history_batches (account, id);

CREATE TABLE history_readings (
  account text primary key,
  started_at text not null,
  ended_at text,
  place integer not null,                  -- contacts read
  total integer not null                   -- contacts there are
) strict, without rowid;

CREATE TABLE budget_slots (
  account text not null,
  family text not null,
  window_s integer not null,
  slot integer not null,                   -- its beginning: seconds since the epoch
  used integer not null,
  primary key (account, family, window_s, slot)
) strict, without rowid;

CREATE TABLE erasure_key (
  only integer primary key check (only = 1),
  key text not null                        -- of the hashes; made with the first, never changed, or nobody would be recognised
) strict;

CREATE TABLE erased (
  shop_id integer not null references shops(id),
  mark text not null,                      -- keyed hash of an address, customer, browser or cart
  erased_at text not null,                 -- what is from before brings nothing back
  opted_out_at text,                       -- addresses: the newest no; null: none
  afresh_at text,                          -- when they came back by themselves: an order, an opt-in
  primary key (shop_id, mark)
) strict, without rowid;

CREATE INDEX erased_marks on erased (mark);

CREATE TABLE erasures (
  id integer primary key autoincrement,
  shop_id integer not null references shops(id),
  mark text not null,
  at text not null,
  by_whom text not null,                   -- command | webhook
  counts text not null                     -- JSON: what was found, by kind
) strict;

CREATE INDEX checkouts_of_email on checkouts (shop_id, email) where email <> '';

CREATE INDEX account_contacts_told_by on account_contacts (shop_id, email);

CREATE INDEX checkouts_of_cart on checkouts (cart) where cart is not null;

CREATE TABLE bulk_calls (
  id integer primary key,
  account text not null,
  at text not null,
  method text not null,
  path text not null,
  size integer not null,                   -- bytes of the body
  sent blob not null,                      -- the exact body, zlib; empty: dropped
  status integer not null,                 -- 0: no answer
  answered text not null,                  -- its beginning
  request_id text not null,
  error text not null                      -- why there is no answer
) strict;

CREATE INDEX bulk_calls_old on bulk_calls (at);

CREATE TABLE access_tokens (
  shop_id integer primary key references shops(id),
  kind text not null,                      -- client_credentials | expiring
  secrets text not null,                   -- encrypted: token, refresh token, the one before
  client text not null,                    -- names the app it was given to, not its key
  scopes text not null,                    -- JSON list
  expires_at text not null,
  refresh_expires_at text,
  obtained_at text not null
) strict;

CREATE TABLE sync_runs (
  id integer primary key,
  key text not null,                       -- random: names the run's cursors in the inbox
  shop_id integer not null references shops(id),
  type text not null,                      -- full | incremental | reconcile
  resources text not null,                 -- JSON list
  since text,                              -- null: from the beginning
  started_at text not null,
  state text not null,                     -- running | stopped | failed | done | left
  ended_at text,
  counts text not null default '{}',       -- JSON: resource -> {read} or {looked, missed}
  error text not null default '',
  said text not null default '[]'          -- JSON list of sentences
) strict;

CREATE INDEX sync_runs_of_shop on sync_runs (shop_id, id);

CREATE INDEX sync_runs_by_hand on sync_runs (shop_id, id) where type <> 'reconcile';

CREATE TABLE sync_marks (
  shop_id integer not null references shops(id),
  resource text not null,
  read_until text not null,                -- everything changed before is read
  primary key (shop_id, resource)
) strict, without rowid;

CREATE TABLE rereads (
  shop_id integer not null references shops(id),
  kind text not null,                      -- customer | order | item
  id text not null,
  due_at text not null,
  revision integer not null default 1,     -- counts how often it was noted
  primary key (shop_id, kind, id)
) strict, without rowid;

CREATE INDEX rereads_due on rereads (shop_id, kind, due_at);

CREATE INDEX rereads_next on rereads (shop_id, due_at);

CREATE TABLE stock_looks (
  shop_id integer not null references shops(id),
  product_id text not null,
  due_at text not null,
  revision integer not null default 1,
  primary key (shop_id, product_id)
) strict, without rowid;

CREATE INDEX stock_looks_due on stock_looks (shop_id, due_at);

CREATE TABLE stock_states (
  shop_id integer not null references shops(id),
  product_id text not null,
  entry_id text not null,                  -- id of the product or variant
  state text not null,                     -- plenty | low | out
  primary key (shop_id, product_id, entry_id)
) strict, without rowid;

CREATE TABLE customer_merges (
  shop_id integer not null references shops(id),
  gone_id text not null,
  kept_id text not null,
  merged_at text not null,
  primary key (shop_id, gone_id)
) strict, without rowid;

CREATE INDEX orders_of_buyer on orders (shop_id, email, accepted_at) where accepted_at is not null and is_test = 0;

CREATE INDEX events_of_themes on events (shop_id, occurred_at) where type = 'theme_published';

CREATE TABLE connect_links (
  id integer primary key autoincrement,
  mark text not null unique,               -- hash of what stands in the link
  platform text not null,
  address text not null,                   -- the only shop it is good for; "": any
  made_at text not null,
  expires_at text not null,
  used_at text,                            -- good once
  state_mark text unique,                  -- hash of what the platform sends back
  returned_at text                         -- that, too, is good once
, notes text not null default '[]') strict;

CREATE TABLE privacy_requests (
  id integer primary key autoincrement,
  platform text not null,
  address text not null,
  asked text not null,                     -- data_request | customer_redact | shop_redact | unclear
  key text not null,                       -- tells one request from another
  asked_at text not null,                  -- the platform's clock
  received_at text not null,
  due_at text not null,
  subject text not null,                   -- encrypted; "" once done
  mark text not null default '',           -- keyed hash of whom it was about, once done
  done_at text,
  outcome text not null default '{}',      -- JSON: what was done, or why not yet
  export text,                             -- encrypted, for the merchant to fetch; gone after 30 days
  unique (platform, address, key)
) strict;

CREATE INDEX privacy_requests_open on privacy_requests (asked_at) where done_at is null;

CREATE INDEX privacy_requests_exported on privacy_requests (done_at) where export is not null;

CREATE TABLE webhook_faults (
  shop_id integer not null references shops(id),
  webhook_id text not null,                -- the platform's number of the webhook
  topic text not null,
  code text not null,                      -- the platform's word for what was wrong
  count integer not null default 1,
  first_at text not null,
  last_at text not null,
  primary key (shop_id, webhook_id, topic, code)
) strict, without rowid;

CREATE INDEX webhook_faults_newest on webhook_faults (shop_id, last_at);

CREATE TABLE known_apis (
  shop_id integer primary key references shops(id),
  learnt text not null,                    -- JSON, in the platform's own words
  learnt_at text not null
) strict;

CREATE INDEX decisions_of_session on decisions (shop_id, json_extract(detail, '$.session'), id)
where cart is null and json_extract(detail, '$.session') is not null;

CREATE INDEX connect_links_end on connect_links (expires_at);

CREATE INDEX customers_ordered on customers (shop_id, email, last_order_at)
  where last_order_at <> '' and deleted_at is null;

CREATE TABLE shop_answers (
  shop_id integer primary key references shops(id),
  opened_with text not null,               -- a hash of what was asked with; another one now: the row counts no more
  answered_at text not null,
  is_refused integer not null,
  cause text not null,
  cure text not null
) strict;

CREATE INDEX products_unconfirmed on products (shop_id, max(seen_at, asked_at))
where parent_id = '' and seen_at > coalesce(deleted_at, '');

CREATE INDEX outbox_erasures on outbox (created_at) where kind = 'erasure';
