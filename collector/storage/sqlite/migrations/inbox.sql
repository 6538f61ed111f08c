-- What arrived, as it arrived. Rows are appended by the doors and deleted by retention, never changed.

create table inbox (
  id integer primary key autoincrement,    -- plain row ids would restart after a purge
  shop_id integer not null,
  lane text not null,                      -- live | history
  kind text not null,                      -- beacon | webhook | denial
  received_at text not null,
  topic text not null,
  delivery_id text not null,
  facts text not null,                     -- JSON
  body blob not null
) strict;
create index inbox_in_order on inbox (shop_id, lane, id);
-- Denials go as soon as they are folded.
create index inbox_denials on inbox (shop_id, lane, id) where kind = 'denial';

-- Which file this is: the fold's cursors hold for one generation only.
create table identity (
  only integer primary key check (only = 1),
  generation text not null
) strict;

-- What the doors answered, by the hour.
create table counts (
  hour text not null,                      -- 2026-11-21T12
  shop_id integer not null,                -- 0: no shop known
  door text not null,                      -- beacon | webhook
  reason text not null,
  n integer not null,
  primary key (hour, shop_id, door, reason)
) strict, without rowid;
