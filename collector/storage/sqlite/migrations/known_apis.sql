-- What was learnt of a shop's API by asking it. Losing a row costs a few questions.
create table known_apis (
  shop_id integer primary key references shops(id),
  learnt text not null,                    -- JSON, in the platform's own words
  learnt_at text not null
) strict;
