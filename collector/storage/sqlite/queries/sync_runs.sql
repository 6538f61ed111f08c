-- name: begin
insert into sync_runs (key, shop_id, type, resources, since, started_at, state)
values (:key, :shop_id, :type, :resources, :since, :started_at, 'running')

-- name: keep
update sync_runs set state = :state, ended_at = :ended_at, counts = :counts, error = :error, said = :said
where id = :id

-- name: newest_sync
select id, key, shop_id, type, resources, since, started_at, state, ended_at, counts, error, said
from sync_runs
where shop_id = :shop_id and type <> 'reconcile'
order by id desc
limit 1

-- name: newest
select id, key, shop_id, type, resources, since, started_at, state, ended_at, counts, error, said
from sync_runs
where shop_id = :shop_id
order by id desc
limit :limit

-- name: forget
-- There are some every day: the oldest go, beyond :kept of a shop.
delete from sync_runs where shop_id = :shop_id and id < (
  select id from sync_runs where shop_id = :shop_id order by id desc limit 1 offset :kept
)

-- name: mark
select read_until from sync_marks where shop_id = :shop_id and resource = :resource

-- name: keep_mark
insert into sync_marks (shop_id, resource, read_until) values (:shop_id, :resource, :read_until)
on conflict (shop_id, resource) do update set read_until = max(read_until, excluded.read_until)

-- name: customers_known
select customer_id, version_at from customers
where shop_id = :shop_id and customer_id in (select value from json_each(:ids))

-- name: orders_known
select order_id, version_at from orders
where shop_id = :shop_id and order_id in (select value from json_each(:ids))

-- name: products_known
select product_id, content ->> '$.version_at' from products
where shop_id = :shop_id and product_id in (select value from json_each(:ids))

-- name: coupons_known
select coupon_id, content ->> '$.version_at' from coupons
where shop_id = :shop_id and coupon_id in (select value from json_each(:ids))

-- name: products_unconfirmed
-- From an index in this order.
select product_id from products
where shop_id = :shop_id and parent_id = '' and seen_at > coalesce(deleted_at, '') and max(seen_at, asked_at) < :before
order by max(seen_at, asked_at) limit :limit

-- name: keep_asked
update products set asked_at = :at
where shop_id = :shop_id and product_id in (select value from json_each(:ids))

-- name: counts
-- What is here of a shop, for people.
select
  (select count(*) from customers where shop_id = :shop_id and deleted_at is null and not is_staff) as customers,
  (select count(*) from orders where shop_id = :shop_id and is_test = 0
    and (deleted_at is null or restored_at >= deleted_at)) as orders,
  (select count(*) from products where shop_id = :shop_id and parent_id = ''
     and (deleted_at is null or seen_at > deleted_at)) as products,
  (select count(*) from quarantine where shop_id = :shop_id and replayed_at is null) as quarantined

-- name: recovery
-- Reminders decided for carts, and how many of them were followed by an order.
select count(*), count(recovered_at) from reminders where shop_id = :shop_id
