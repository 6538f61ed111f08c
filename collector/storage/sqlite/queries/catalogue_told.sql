-- name: shop
select account, prefix, rules from catalogue_shops where shop_id = :shop_id

-- name: is_plain_free
-- Whether no other shop of the account uses ids without a prefix.
select not exists (
  select 1 from catalogue_shops where account = :account and prefix = '' and shop_id <> :shop_id)

-- name: keep_shop
insert into catalogue_shops (shop_id, account, prefix, rules) values (:shop_id, :account, :prefix, :rules)
on conflict (shop_id) do update set account = excluded.account, prefix = excluded.prefix, rules = excluded.rules

-- name: touch_products
update products set due_at = coalesce(due_at, :due_at), revision = revision + 1 where shop_id = :shop_id

-- name: touch_categories
update categories set due_at = coalesce(due_at, :due_at), revision = revision + 1 where shop_id = :shop_id

-- name: touch_coupons
update coupons set due_at = coalesce(due_at, :due_at) where shop_id = :shop_id and pooled_at is null

-- name: forget_told
delete from catalogue_told where shop_id = :shop_id

-- name: forget_told_categories
update categories set told_hash = '', told_at = null, refused_hash = '', refused = '' where shop_id = :shop_id

-- name: account
select held_until, held_reason, held_cure, categories_at from catalogue_accounts where account = :account

-- name: hold
insert into catalogue_accounts (account, held_until, held_reason, held_cure)
values (:account, :held_until, :held_reason, :held_cure)
on conflict (account) do update set held_until = excluded.held_until, held_reason = excluded.held_reason,
  held_cure = excluded.held_cure

-- name: keep_categories_at
insert into catalogue_accounts (account, categories_at) values (:account, :at)
on conflict (account) do update set categories_at = excluded.categories_at

-- name: is_due
-- One of the two kinds; asked for each shop, several times a second.
select 1 from products where shop_id = :shop_id and due_at is not null and (parent_id <> '') = :is_variant
  and due_at <= :now limit 1

-- name: is_category_due
select 1 from categories where shop_id = :shop_id and due_at is not null and due_at <= :now limit 1

-- name: is_coupon_due
select 1 from coupons where shop_id = :shop_id and due_at is not null and due_at <= :now limit 1

-- name: due_products
select id, revision, product_id from products
where shop_id = :shop_id and due_at is not null and (parent_id <> '') = :is_variant and due_at <= :now
order by due_at limit :limit

-- name: settle_product
-- Not if it changed meanwhile: then it is told again.
update products set due_at = null where id = :id and revision = :revision

-- name: postpone_product
update products set due_at = :due_at where id = :id and revision = :revision

-- name: told_of_product
select entry_id, told_hash, is_reduced, refused_hash from catalogue_told
where shop_id = :shop_id and product_id = :product_id

-- name: told_parent
select told_hash, refused_hash from catalogue_told
where shop_id = :shop_id and product_id = :product_id and entry_id = :product_id

-- name: keep_told
insert into catalogue_told (shop_id, entry_id, product_id, told_hash, told_at, is_reduced)
values (:shop_id, :entry_id, :product_id, :told_hash, :at, :is_reduced)
on conflict (shop_id, product_id, entry_id) do update set told_hash = excluded.told_hash,
  told_at = excluded.told_at, is_reduced = excluded.is_reduced, refused_hash = '', refused = '', refused_at = null

-- name: keep_refused
insert into catalogue_told (shop_id, entry_id, product_id, refused_hash, refused, refused_at)
values (:shop_id, :entry_id, :product_id, :refused_hash, :refused, :at)
on conflict (shop_id, product_id, entry_id) do update set refused_hash = excluded.refused_hash, refused = excluded.refused, refused_at = excluded.refused_at

-- name: due_categories
select id, revision, category_id, told_hash, refused_hash, content, seen_at, deleted_at from categories
where shop_id = :shop_id and due_at is not null and due_at <= :now order by due_at limit :limit

-- name: settle_category
update categories set due_at = null where id = :id and revision = :revision

-- name: keep_told_category
update categories set told_hash = :told_hash, told_at = :at, refused_hash = '', refused = '' where id = :id

-- name: keep_refused_category
update categories set refused_hash = :refused_hash, refused = :refused where id = :id

-- name: untold_category
-- Whether it is on its way: known, never told, not refused.
select 1 from categories where shop_id = :shop_id and category_id = :category_id and told_hash = ''
  and refused = '' and due_at is not null

-- name: due_coupons
select id, content, seen_at, deleted_at from coupons
where shop_id = :shop_id and due_at is not null and due_at <= :now and pooled_at is null order by due_at limit :limit

-- name: pooled_codes
-- Staff may delete a coupon and make one of the same code.
select json_extract(content, '$.code') from coupons
where shop_id = :shop_id and pooled_at is not null
  and json_extract(content, '$.code') in (select value from json_each(:codes))

-- name: settle_coupon
update coupons set due_at = :due_at, pooled_at = :pooled_at where id = :id

-- name: refused
select entry_id as id, product_id, refused, refused_at from catalogue_told where shop_id = :shop_id and refused <> ''
union all
select category_id, '', refused, null from categories where shop_id = :shop_id and refused <> ''
order by 1

-- name: retry_products
update products set due_at = :now, revision = revision + 1
where shop_id = :shop_id and product_id in (
  select product_id from catalogue_told where shop_id = :shop_id and refused <> '')

-- name: retry_entries
update catalogue_told set refused_hash = '', refused = '' where shop_id = :shop_id and refused <> ''

-- name: retry_categories
update categories set due_at = :now, revision = revision + 1, refused_hash = '', refused = ''
where shop_id = :shop_id and refused <> ''

-- name: counts
-- For a person at a terminal.
select
  (select count(*) from products where shop_id = :shop_id and parent_id = '' and seen_at > coalesce(deleted_at, '')),
  (select count(*) from categories where shop_id = :shop_id and seen_at > coalesce(deleted_at, '')),
  (select count(*) from catalogue_told where shop_id = :shop_id and told_hash not in ('', 'deleted')),
  (select count(*) from products where shop_id = :shop_id and due_at is not null),
  (select count(*) from catalogue_told where shop_id = :shop_id and refused <> ''),
  (select count(*) from coupons where shop_id = :shop_id and pooled_at is not null)

-- name: release
update catalogue_accounts set held_until = null where account = :account
