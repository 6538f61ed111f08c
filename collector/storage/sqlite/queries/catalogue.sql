-- name: product
select content, content_hash, seen_at, first_version_at, first_content_hash, membership, deleted_at,
  earlier
from products where shop_id = :shop_id and product_id = :product_id

-- name: products_by_id
select product_id, content, content_hash, seen_at, first_version_at, first_content_hash, membership, deleted_at,
  earlier
from products where shop_id = :shop_id and product_id in (select value from json_each(:ids))

-- name: keep_product
-- What waits to be told keeps its time: a product that changes all the while is told all the same.
insert into products (shop_id, product_id, parent_id, content, content_hash, seen_at, first_version_at,
  first_content_hash, membership, deleted_at, earlier, revision, due_at)
values (:shop_id, :product_id, :parent_id, :content, :content_hash, :seen_at, :first_version_at,
  :first_content_hash, :membership, :deleted_at, :earlier, 1, :due_at)
on conflict (shop_id, product_id) do update set parent_id = excluded.parent_id, content = excluded.content,
  content_hash = excluded.content_hash, seen_at = excluded.seen_at, first_version_at = excluded.first_version_at,
  first_content_hash = excluded.first_content_hash, membership = excluded.membership,
  deleted_at = excluded.deleted_at, earlier = excluded.earlier, revision = revision + 1,
  due_at = coalesce(due_at, excluded.due_at)

-- name: touch_product
update products set revision = revision + 1, due_at = coalesce(due_at, :due_at)
where shop_id = :shop_id and product_id = :product_id

-- name: touch_variants
update products set revision = revision + 1, due_at = coalesce(due_at, :due_at)
where shop_id = :shop_id and parent_id = :product_id and parent_id <> ''

-- name: keep_item
insert or ignore into stock_items (shop_id, item_id, product_id) values (:shop_id, :item_id, :product_id)

-- name: products_of_item
select product_id from stock_items where shop_id = :shop_id and item_id = :item_id

-- name: keep_level
insert or ignore into stock_levels (shop_id, item_id, location_id, changed_at, available)
values (:shop_id, :item_id, :location_id, :changed_at, :available)

-- name: forget_levels
-- Of the reports up to a count, each place needs only the newest: counts only get later.
delete from stock_levels as old where shop_id = :shop_id and item_id = :item_id and changed_at < (
  select max(newer.changed_at) from stock_levels as newer
  where newer.shop_id = old.shop_id and newer.item_id = old.item_id and newer.location_id = old.location_id
    and newer.changed_at <= :counted_at)

-- name: levels
select location_id, changed_at, available from stock_levels where shop_id = :shop_id and item_id = :item_id

-- name: category
select content, seen_at, deleted_at from categories where shop_id = :shop_id and category_id = :category_id

-- name: categories_by_id
select category_id, content, seen_at, deleted_at
from categories where shop_id = :shop_id and category_id in (select value from json_each(:ids))

-- name: keep_category
insert into categories (shop_id, category_id, content, seen_at, deleted_at, revision, due_at)
values (:shop_id, :category_id, :content, :seen_at, :deleted_at, 1, :due_at)
on conflict (shop_id, category_id) do update set content = excluded.content, seen_at = excluded.seen_at,
  deleted_at = excluded.deleted_at, revision = revision + 1, due_at = coalesce(due_at, excluded.due_at)

-- name: coupon
select content, seen_at, deleted_at from coupons where shop_id = :shop_id and coupon_id = :coupon_id

-- name: keep_coupon
insert into coupons (shop_id, coupon_id, content, seen_at, deleted_at, due_at)
values (:shop_id, :coupon_id, :content, :seen_at, :deleted_at, :due_at)
on conflict (shop_id, coupon_id) do update set content = excluded.content, seen_at = excluded.seen_at,
  deleted_at = excluded.deleted_at, due_at = case when pooled_at is null then coalesce(due_at, excluded.due_at) end
