-- What shops' webhooks said in place of a record, and what a connected shop's keys told.

create table webhook_faults (
  shop_id integer not null references shops(id),
  webhook_id text not null,                -- the platform's number of the webhook
  topic text not null,
  code text not null,                      -- the platform's word for what was wrong
  count integer not null default 1,
  first_at text not null,
  last_at text not null,
  primary key (shop_id, webhook_id, topic, code)
) strict, without rowid;
create index webhook_faults_newest on webhook_faults (shop_id, last_at);

alter table connect_links add column notes text not null default '[]'; -- JSON: sentences for the merchant, once connected
