-- Work that comes round by itself: when it is due, and how far it came.
create table jobs (
  name text primary key,
  due_at text not null,
  progress text not null,                  -- JSON, the job's own
  finished_at text,                        -- when its last turn ended well; null: none did
  failures integer not null default 0,     -- in a row
  said text not null default ''            -- one sentence about the last turn
) strict, without rowid;

-- The address at which a destination account tells us what happened there.
create table account_hooks (
  account text primary key,
  key_hash text not null unique,           -- sha256 hex; the key itself is among the secrets
  secrets text not null,                   -- encrypted JSON: key and token
  made_at text not null
) strict, without rowid;

-- Contacts that are blocked at the destination, as far as we know. One row lasts as long as the block does.
create table account_blocks (
  account text not null,
  email text not null,
  is_ours integer not null,                -- we made the contact blocked: nobody opted out
  since text not null,
  primary key (account, email)
) strict, without rowid;

-- Mails that asked for a confirmation: one in 30 days for an address, whichever shop of the account asks.
create table double_opt_ins (
  account text not null,
  email text not null,
  shop_id integer not null references shops(id),
  message_key text not null,               -- of the outbox
  asked_at text not null,
  confirmed_at text,
  primary key (account, email)
) strict, without rowid;
create index consent_ledger_opt_outs on consent_ledger (id)
  where state = 'opted_out' and subject_kind = 'email' and channel = 'email';
