-- name: blocked
select email from account_blocks where account = :account and email in (select value from json_each(:emails))

-- name: keep_blocks
insert into account_blocks (account, email, is_ours, since) select :account, value, :is_ours, :at from json_each(:emails)
where true on conflict do nothing

-- name: lift_blocks
delete from account_blocks where account = :account and email in (select value from json_each(:emails))

-- name: asked
select shop_id, message_key, asked_at, confirmed_at from double_opt_ins where account = :account and email = :email

-- name: keep_asked
insert into double_opt_ins (account, email, shop_id, message_key, asked_at, confirmed_at)
values (:account, :email, :shop_id, :message_key, :asked_at, :confirmed_at)
on conflict do update set shop_id = excluded.shop_id, message_key = excluded.message_key,
  asked_at = excluded.asked_at, confirmed_at = excluded.confirmed_at

-- name: list_of
-- Kept with the answer when the mail left.
select json_extract(answered, '$.list_id') from outbox
where shop_id = :shop_id and message_key = :message_key and state in ('done', 'unknown')

-- name: newest_opt_outs
-- An index holds these alone, so it costs what is new.
select id, shop_id, subject, act, source, occurred_at, detail from consent_ledger
where id > :after and subject_kind = 'email' and channel = 'email' and state = 'opted_out' order by id limit :limit
