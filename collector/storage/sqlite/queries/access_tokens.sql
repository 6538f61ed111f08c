-- name: read
select kind, secrets, client, scopes, expires_at, refresh_expires_at, obtained_at
from access_tokens where shop_id = :shop_id

-- name: keep
-- Token and refresh token in one statement: half a pair opens nothing.
insert into access_tokens (shop_id, kind, secrets, client, scopes, expires_at, refresh_expires_at, obtained_at)
values (:shop_id, :kind, :secrets, :client, :scopes, :expires_at, :refresh_expires_at, :obtained_at)
on conflict (shop_id) do update set kind = excluded.kind, secrets = excluded.secrets, client = excluded.client,
  scopes = excluded.scopes, expires_at = excluded.expires_at, refresh_expires_at = excluded.refresh_expires_at,
  obtained_at = excluded.obtained_at

-- name: forget
delete from access_tokens where shop_id = :shop_id
