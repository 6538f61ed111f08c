-- The catalogue: what the shops sell, and what of it the destination was told.
-- Written by the fold (what is sold) and by the catalogue loop (what was told). Times as everywhere; JSON is text.

-- A product, or a variant with a record of its own. Listed variants stand in the content of their product.
create table products (
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
  due_at text,                             -- when to look what has to be told; null: nothing changed since
  unique (shop_id, product_id)
) strict;
create index products_due on products (shop_id, (parent_id <> ''), due_at) where due_at is not null;
create index products_of_parent on products (shop_id, parent_id) where parent_id <> '';

-- Which product an item of the stock belongs to.
create table stock_items (
  shop_id integer not null,
  item_id text not null,
  product_id text not null,
  primary key (shop_id, item_id, product_id)
) strict, without rowid;

-- What of an item is available at a place: the newest report, and the newest before the product's own count.
create table stock_levels (
  shop_id integer not null,
  item_id text not null,
  location_id text not null,
  changed_at text not null,
  available integer not null,
  primary key (shop_id, item_id, location_id, changed_at, available)
) strict, without rowid;

create table categories (
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
create index categories_due on categories (shop_id, due_at) where due_at is not null;

create table coupons (
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
create index coupons_due on coupons (shop_id, due_at) where due_at is not null;

-- What the destination was told of each product and variant.
create table catalogue_told (
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

-- Under which names a shop's catalogue stands in its account, and by which rules it was told.
create table catalogue_shops (
  shop_id integer primary key references shops(id),
  account text not null,
  prefix text not null,                    -- before its ids: '' for the account's first shop
  rules text not null                      -- fingerprint: when it changes, everything is looked at again
) strict;
create index catalogue_prefixes on catalogue_shops (account, prefix);

-- An account that takes no catalogue for now, and when categories went there last.
create table catalogue_accounts (
  account text primary key,
  held_until text,
  held_reason text not null default '',
  held_cure text not null default '',
  categories_at text
) strict, without rowid;
