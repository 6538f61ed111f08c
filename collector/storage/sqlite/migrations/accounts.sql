-- The delivery log: every request made for a message, as it went out and as it was answered.
create table outbox_calls (
  id integer primary key,
  shop_id integer not null references shops(id),
  message integer not null references outbox(id),
  attempt integer not null,                -- as the outbox counts them
  at text not null,
  method text not null,
  path text not null,                      -- without addresses
  sent blob,                               -- the exact body, zlib; null: none
  status integer not null,                 -- 0: no answer
  answered text not null,                  -- its beginning
  request_id text not null,
  error text not null                      -- why there is no answer
) strict;
create index outbox_calls_of on outbox_calls (message, id);
create index outbox_calls_old on outbox_calls (at);

-- Content is kept for a while; what was told to whom under which key is kept for good, so that it is told once.
alter table outbox add column is_dropped integer not null default 0;
create index outbox_old on outbox (done_at) where done_at is not null and is_dropped = 0;

-- What waits because an account refuses it; '`' is the letter after '_'.
create index outbox_stopped on outbox (account, reason, id)
where state = 'waiting' and reason >= 'stopped_' and reason < 'stopped`';
