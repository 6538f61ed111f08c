-- name: of_address
-- The shops that told this account of an address; the first first.
select shop_id, first_at, prefix, ext_id, content, changes, lists from account_contacts
where account = :account and email = :email order by first_at, shop_id

-- name: named
-- Whose contact has this name.
select email from account_contacts where account = :account and ext_id = :ext_id and ext_id <> '' limit 1

-- name: keep
insert into account_contacts (account, email, shop_id, first_at, prefix, ext_id, content, changes, lists)
values (:account, :email, :shop_id, :first_at, :prefix, :ext_id, :content, :changes, :lists)
on conflict do update set prefix = excluded.prefix, ext_id = excluded.ext_id, content = excluded.content,
  changes = excluded.changes, lists = excluded.lists

-- name: shop_currency
select currency from shops where id = :shop_id

-- name: account_currency
-- That of the first of the shops whose counters are added up.
select currency from shops
where currency <> '' and removed_at is null and exists (
  select 1 from account_contacts c where c.account = :account and c.prefix = :prefix and c.shop_id = shops.id
)
order by id limit 1
