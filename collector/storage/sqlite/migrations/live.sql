-- What a live shop needs beside its records: what to read again, how the stock stood, who became whom.

-- Records that changed without being told how; one row until they were read.
create table rereads (
  shop_id integer not null references shops(id),
  kind text not null,                      -- customer | order | item
  id text not null,
  due_at text not null,
  revision integer not null default 1,     -- counts how often it was noted
  primary key (shop_id, kind, id)
) strict, without rowid;
create index rereads_due on rereads (shop_id, kind, due_at);
create index rereads_next on rereads (shop_id, due_at);

-- Products whose stock changed since somebody looked.
create table stock_looks (
  shop_id integer not null references shops(id),
  product_id text not null,
  due_at text not null,
  revision integer not null default 1,
  primary key (shop_id, product_id)
) strict, without rowid;
create index stock_looks_due on stock_looks (shop_id, due_at);

-- How each product and variant stood at the last look.
create table stock_states (
  shop_id integer not null references shops(id),
  product_id text not null,
  entry_id text not null,                  -- id of the product or variant
  state text not null,                     -- plenty | low | out
  primary key (shop_id, product_id, entry_id)
) strict, without rowid;

-- Customer records that became part of another one.
create table customer_merges (
  shop_id integer not null references shops(id),
  gone_id text not null,
  kept_id text not null,
  merged_at text not null,
  primary key (shop_id, gone_id)
) strict, without rowid;

alter table shops add column described_at text not null default ''; -- version of what the shop says about itself

-- Buyers by address, for what changes with the days since their last order.
create index orders_of_buyer on orders (shop_id, email, accepted_at) where accepted_at is not null and is_test = 0;

-- When a shop was given another theme.
create index events_of_themes on events (shop_id, occurred_at) where type = 'theme_published';
