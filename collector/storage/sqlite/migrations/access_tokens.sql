-- Tokens that end, one row a shop: what opens its platform's API now, and what buys the next one.
create table access_tokens (
  shop_id integer primary key references shops(id),
  kind text not null,                      -- client_credentials | expiring
  secrets text not null,                   -- encrypted: token, refresh token, the one before
  client text not null,                    -- names the app it was given to, not its key
  scopes text not null,                    -- JSON list
  expires_at text not null,
  refresh_expires_at text,
  obtained_at text not null
) strict;
