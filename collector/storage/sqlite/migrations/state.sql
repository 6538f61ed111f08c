-- Shops, the machine's own bookkeeping, and what is decided and delivered.

create table shops (
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
  settings text not null default '{}',     -- JSON, kept by install
  unique (platform, address)
) strict;

-- Who does what alone: one folder of a shop, one tender.
create table leases (
  name text primary key,
  holder text not null,
  expires_at text not null
) strict, without rowid;

-- How far the fold got, per shop and lane, in which inbox.
create table cursors (
  shop_id integer not null references shops(id),
  lane text not null,                      -- live | history
  inbox_generation text not null,
  last_id integer not null,
  primary key (shop_id, lane)
) strict, without rowid;

-- Inbox rows that were not plainly folded.
create table row_outcomes (
  inbox_generation text not null,
  inbox_id integer not null,
  shop_id integer not null references shops(id),
  outcome text not null,                   -- skipped | duplicate | quarantined | …
  reason text not null,
  primary key (inbox_generation, inbox_id)
) strict, without rowid;

-- Webhook deliveries seen: the same one twice changes nothing.
create table delivered (
  shop_id integer not null references shops(id),
  key text not null,
  first_row_id integer not null,
  primary key (shop_id, key)
) strict, without rowid;
create index delivered_in_order on delivered (shop_id, first_row_id);

-- Rows nobody understood, with a copy of the body, to be replayed after a fix.
create table quarantine (
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
create index quarantine_open on quarantine (shop_id, id) where replayed_at is null;

-- Every hold, drop, skip and send, with its reason. Only appended to.
create table decisions (
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
create index decisions_by_shop on decisions (shop_id, decided_at);
create index decisions_of_person on decisions (person, decided_at) where person is not null;
create index decisions_of_cart on decisions (cart, decided_at) where cart is not null;

-- Messages decided and not yet delivered, and what became of them.
create table outbox (
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
  done_at text,
  unique (shop_id, message_key)
) strict;
create index outbox_due on outbox (account, lane, due_at) where state = 'waiting';
create index outbox_in_order on outbox (shop_id, ordering, id) where state = 'waiting' and ordering <> '';
create index outbox_needed on outbox (needs) where needs is not null;
create index outbox_by_state on outbox (state, id);

-- What an account may still be asked, per family of calls and length of window. Shared by all processes.
create table budgets (
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
