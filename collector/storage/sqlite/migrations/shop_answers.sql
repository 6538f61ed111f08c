-- What a shop's API said last to who came with its credentials. Losing a row costs nothing: the next answer is kept.
create table shop_answers (
  shop_id integer primary key references shops(id),
  opened_with text not null,               -- a hash of what was asked with; another one now: the row counts no more
  answered_at text not null,
  is_refused integer not null,
  cause text not null,
  cure text not null
) strict;
