-- How far a reading came, beside the rows it brought: both or neither.
create table sync_places (
  shop_id integer not null,
  run text not null,                       -- sync_runs.key, in the state file
  resource text not null,
  place text not null,                     -- JSON
  primary key (shop_id, run, resource)
) strict, without rowid;
