-- What happened in the shops: written by the fold alone, derived from inbox rows, the same whatever their order.
-- Times are UTC text of fixed width; money is minor units; JSON is text.

create table visitors (
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

-- Every event in the vocabulary, once.
create table events (
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
create index events_of_visitor on events (visitor, occurred_at) where visitor is not null;
create index events_of_cart on events (cart, occurred_at) where cart is not null;

-- A visitor's events without a long pause.
create table sessions (
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
create index sessions_by_shop on sessions (shop_id, last_event_at);
create index sessions_due on sessions (shop_id, next_check_at) where next_check_at is not null;

-- Who is linked to whom: nodes are (kind, value); a < b in text order. Rows only get stronger or wider in time.
create table identity_links (
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
create index identity_links_reverse on identity_links (shop_id, b_kind, b_value);

-- People are derived from the links; deleting and deriving again gives the same partition.
create table people (
  id integer primary key,
  shop_id integer not null references shops(id),
  conflict text not null default ''        -- why its links do not agree; holds messages
) strict;
create table person_nodes (
  shop_id integer not null,
  kind text not null,
  value text not null,
  person integer not null references people(id),
  primary key (shop_id, kind, value)
) strict, without rowid;
create index person_nodes_of on person_nodes (person);

-- A cart's name: 't:<token>' or 'v:<visitor id>' or 'c:<checkout>' or 'o:<order id>'.
create table cart_keys (
  id integer primary key,
  shop_id integer not null references shops(id),
  key text not null,
  last_at text not null default '',        -- place in time of the newest fact replayed: time, rank, id
  last_rank integer not null default 0,
  last_id text not null default '',
  carry text not null default '',          -- JSON: what the next fact is compared with (carts.Timeline)
  unique (shop_id, key)
) strict;

create table carts (
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
create index carts_due on carts (shop_id, next_check_at) where next_check_at is not null;
create index carts_of_order on carts (shop_id, order_id);

-- A platform's checkouts, newest version each.
create table checkouts (
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
  accepts_marketing integer,
  primary key (shop_id, token)
) strict, without rowid;
create index checkouts_completed on checkouts (cart) where completed_at is not null;

create table customers (
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
  tags text not null default '[]',         -- that list, JSON
  unique (shop_id, customer_id)
) strict;
create index customers_of_email on customers (shop_id, email);
-- Single tags added or removed, newest change each; count when newer than the whole list.
create table customer_tags (
  shop_id integer not null,
  customer_id text not null,
  tag text not null,
  is_present integer not null,
  changed_at text not null,
  primary key (shop_id, customer_id, tag)
) strict, without rowid;

create table orders (
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
  detail text not null,
  unique (shop_id, order_id)
) strict;
create index orders_of_email on orders (shop_id, email);
-- Every identity that ever stood on an order: what finds "orders of this person".
create table order_nodes (
  shop_id integer not null,
  kind text not null,
  value text not null,
  order_id text not null,
  primary key (shop_id, kind, value, order_id)
) strict, without rowid;
create index order_nodes_of_order on order_nodes (shop_id, order_id);
create table order_refunds (
  shop_id integer not null,
  order_id text not null,
  refund_id text not null,
  occurred_at text not null,
  amount_minor integer not null,
  currency text not null,
  primary key (shop_id, order_id, refund_id)
) strict, without rowid;

-- Deletions of ids not (yet) known: an older version arriving later stays deleted.
create table tombstones (
  shop_id integer not null,
  kind text not null,                      -- customer | order | visitor (a denial; id is a hash)
  id text not null,
  occurred_at text not null,
  primary key (shop_id, kind, id)
) strict, without rowid;

-- Acts about being messaged. Only appended to.
create table consent_ledger (
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
create trigger consent_ledger_is_append_only_update before update on consent_ledger
begin select raise(abort, 'the consent ledger only appends'); end;

-- Reminders decided for sending: caps count them, an order after one is a recovery.
create table reminders (
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
create index reminders_of_email on reminders (shop_id, email, decided_at);
create index reminders_of_cart on reminders (cart, generation) where cart is not null;

-- Which addresses were told about a cart: its order is told to each of them.
create table cart_told (
  shop_id integer not null,
  cart integer not null references cart_keys(id),
  generation integer not null,
  email text not null,
  first_at text not null,
  primary key (cart, generation, email)
) strict, without rowid;
