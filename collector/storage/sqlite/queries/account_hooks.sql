-- name: find
select secrets from account_hooks where account = :account

-- name: all
-- One row an account.
select account, key_hash, secrets from account_hooks

-- name: make
-- One that cannot be opened any more is replaced.
insert into account_hooks (account, key_hash, secrets, made_at) values (:account, :key_hash, :secrets, :now)
on conflict do update set key_hash = excluded.key_hash, secrets = excluded.secrets, made_at = excluded.made_at
