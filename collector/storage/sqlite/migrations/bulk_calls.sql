-- The delivery log of what is told many at once: imports, order batches, the catalogue.
create table bulk_calls (
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
create index bulk_calls_old on bulk_calls (at);
