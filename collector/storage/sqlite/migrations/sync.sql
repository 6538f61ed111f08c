-- Reading a shop's records on our own account: each run, and how far the changes are read.
create table sync_runs (
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
create index sync_runs_of_shop on sync_runs (shop_id, id);
create index sync_runs_by_hand on sync_runs (shop_id, id) where type <> 'reconcile';

create table sync_marks (
  shop_id integer not null references shops(id),
  resource text not null,
  read_until text not null,                -- everything changed before is read
  primary key (shop_id, resource)
) strict, without rowid;
