-- Made by `python -m collector.storage.sqlite.schema`.

CREATE TABLE inbox (
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

CREATE INDEX inbox_in_order on inbox (shop_id, lane, id);

CREATE INDEX inbox_denials on inbox (shop_id, lane, id) where kind = 'denial';

CREATE TABLE identity (
  only integer primary key check (only = 1),
  generation text not null
) strict;

CREATE TABLE counts (
  hour text not null,                      -- 2026-11-21T12
  shop_id integer not null,                -- 0: no shop known
  door text not null,                      -- beacon | webhook
  reason text not null,
  n integer not null,
  primary key (hour, shop_id, door, reason)
) strict, without rowid;

CREATE TABLE sync_places (
  shop_id integer not null,
  run text not null,                       -- sync_runs.key, in the state file
  resource text not null,
  place text not null,                     -- JSON
  primary key (shop_id, run, resource)
) strict, without rowid;
