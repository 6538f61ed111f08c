-- Links that connect a shop in a browser, and requests about personal data. Neither is deleted with a shop: one may
-- stand before it, the other is the record that it was deleted.

create table connect_links (
  id integer primary key autoincrement,
  mark text not null unique,               -- hash of what stands in the link
  platform text not null,
  address text not null,                   -- the only shop it is good for; "": any
  made_at text not null,
  expires_at text not null,
  used_at text,                            -- good once
  state_mark text unique,                  -- hash of what the platform sends back
  returned_at text                         -- that, too, is good once
) strict;

create table privacy_requests (
  id integer primary key autoincrement,
  platform text not null,
  address text not null,
  asked text not null,                     -- data_request | customer_redact | shop_redact | unclear
  key text not null,                       -- tells one request from another
  asked_at text not null,                  -- the platform's clock
  received_at text not null,
  due_at text not null,
  subject text not null,                   -- encrypted; "" once done
  mark text not null default '',           -- keyed hash of whom it was about, once done
  done_at text,
  outcome text not null default '{}',      -- JSON: what was done, or why not yet
  export text,                             -- encrypted, for the merchant to fetch; gone after 30 days
  unique (platform, address, key)
) strict;

create index privacy_requests_open on privacy_requests (asked_at) where done_at is null;
create index privacy_requests_exported on privacy_requests (done_at) where export is not null;
