-- name: order
select order_id, number, version_at, content_hash, first_version_at, first_content_hash, state, kind, status,
  created_at, started_at, accepted_at, paid_at, failed_at, cancelled_at, fulfilled_at, deleted_at, restored_at,
  is_test, currency, total_minor, base_currency, base_total_minor, email, phone, customer_id, visitor_id,
  cart_token, checkout_token, country, locale, items, detail, stated_at, substance, first_substance
from orders where shop_id = :shop_id and order_id = :order_id

-- name: keep_order
insert into orders (shop_id, order_id, number, version_at, content_hash, first_version_at, first_content_hash, state,
  kind, status, created_at, started_at, accepted_at, paid_at, failed_at, cancelled_at, fulfilled_at, deleted_at,
  restored_at, is_test, currency, total_minor, base_currency, base_total_minor, email, phone, customer_id,
  visitor_id, cart_token, checkout_token, country, locale, items, detail, stated_at, substance,
  first_substance)
values (:shop_id, :order_id, :number, :version_at, :content_hash, :first_version_at, :first_content_hash, :state,
  :kind, :status, :created_at, :started_at, :accepted_at, :paid_at, :failed_at, :cancelled_at, :fulfilled_at,
  :deleted_at, :restored_at, :is_test, :currency, :total_minor, :base_currency, :base_total_minor, :email, :phone,
  :customer_id, :visitor_id, :cart_token, :checkout_token, :country, :locale, :items, :detail,
  :stated_at, :substance, :first_substance)
on conflict (shop_id, order_id) do update set number = excluded.number, version_at = excluded.version_at,
  content_hash = excluded.content_hash, first_version_at = excluded.first_version_at,
  first_content_hash = excluded.first_content_hash, state = excluded.state, kind = excluded.kind,
  status = excluded.status, created_at = excluded.created_at, started_at = excluded.started_at,
  accepted_at = excluded.accepted_at, paid_at = excluded.paid_at, failed_at = excluded.failed_at,
  cancelled_at = excluded.cancelled_at, fulfilled_at = excluded.fulfilled_at, deleted_at = excluded.deleted_at,
  restored_at = excluded.restored_at, is_test = excluded.is_test, currency = excluded.currency,
  total_minor = excluded.total_minor, base_currency = excluded.base_currency,
  base_total_minor = excluded.base_total_minor, email = excluded.email, phone = excluded.phone,
  customer_id = excluded.customer_id, visitor_id = excluded.visitor_id, cart_token = excluded.cart_token,
  checkout_token = excluded.checkout_token, country = excluded.country, locale = excluded.locale,
  items = excluded.items, detail = excluded.detail, stated_at = excluded.stated_at,
  substance = excluded.substance, first_substance = excluded.first_substance

-- name: add_node
insert or ignore into order_nodes (shop_id, kind, value, order_id) values (:shop_id, :kind, :value, :order_id)

-- name: nodes_of_order
select kind, value from order_nodes where shop_id = :shop_id and order_id = :order_id

-- name: orders_of_node
-- Only orders that may still matter to a cart: a bought-out customer has thousands of older ones.
select o.order_id from order_nodes n join orders o on o.shop_id = n.shop_id and o.order_id = n.order_id
where n.shop_id = :shop_id and n.kind = :kind and n.value = :value
  and max(o.created_at, o.version_at, coalesce(o.accepted_at, ''), coalesce(o.failed_at, '')) >= :since

-- name: bought
-- Every order of an address, and of the customer who has it now. Whole rows are not needed to count.
select o.order_id, o.state, coalesce(o.accepted_at, o.created_at), o.currency, o.total_minor, o.base_currency,
  o.base_total_minor
from orders o where o.shop_id = :shop_id and o.email = :email and o.is_test = 0
  and (o.deleted_at is null or o.restored_at >= o.deleted_at)
union
select o.order_id, o.state, coalesce(o.accepted_at, o.created_at), o.currency, o.total_minor, o.base_currency,
  o.base_total_minor
from order_nodes n join orders o on o.shop_id = n.shop_id and o.order_id = n.order_id
where n.shop_id = :shop_id and n.kind = 'customer' and n.value = :customer_id and o.is_test = 0
  and (o.deleted_at is null or o.restored_at >= o.deleted_at)

-- name: had_orders
-- Every version's address and customer counts, of orders that counted once.
select 1 from order_nodes n join orders o on o.shop_id = n.shop_id and o.order_id = n.order_id
where n.shop_id = :shop_id and n.kind = :kind and n.value = :value and o.is_test = 0 and o.accepted_at is not null
limit 1

-- name: given_back
-- As `refunds` in telling.sql: what was deleted again is not among them.
select r.amount_minor, r.currency, r.has_moved, r.is_bare from order_refunds r
left join orders o on o.shop_id = r.shop_id and o.order_id = r.order_id
where r.shop_id = :shop_id and r.order_id = :order_id
  and (o.order_id is null or (r.version_at, r.listed_at) >= (o.refunds_version_at, o.refunds_listed_at))
order by r.occurred_at, r.refund_id

-- name: newest_of_email
-- Anybody may fill in a checkout with this address: only what was ordered counts, not what is only known to lie in the
-- bin.
select order_id from orders
where shop_id = :shop_id and email = :email and state not in ('none', 'started', 'failed') and first_version_at < :never
order by version_at desc, order_id limit 1

-- name: buyers
-- Who ordered, and when last, by address: a page behind the one given. Of some only the platform's record says so.
select email, max(ordered_at) from (
  select * from (
    select email, max(accepted_at) as ordered_at from orders indexed by orders_of_buyer
    where shop_id = :shop_id and email > :after and accepted_at is not null and is_test = 0
    group by email order by email limit :limit
  )
  union all
  select * from (
    select email, max(last_order_at) as ordered_at from customers indexed by customers_ordered
    where shop_id = :shop_id and email > :after and last_order_at <> '' and deleted_at is null
    group by email order by email limit :limit
  )
) group by email order by email limit :limit

-- name: told_change
select told_version_at, told_state, told_substance from orders where shop_id = :shop_id and order_id = :order_id

-- name: keep_told_change
update orders set told_version_at = :version_at, told_state = :state, told_substance = :substance
where shop_id = :shop_id and order_id = :order_id

-- name: add_refund
insert into order_refunds (shop_id, order_id, refund_id, occurred_at, amount_minor, currency, has_moved)
values (:shop_id, :order_id, :refund_id, :occurred_at, :amount_minor, :currency, :has_moved)
on conflict do update set occurred_at = excluded.occurred_at, amount_minor = excluded.amount_minor,
  currency = excluded.currency
-- A body without lines and money knows no amount: 0 is what counts last.
where (excluded.occurred_at, excluded.amount_minor = 0, excluded.amount_minor)
  < (occurred_at, amount_minor = 0, amount_minor)

-- name: see_refund
-- It was there in this version of its order.
update order_refunds set version_at = :version_at, listed_at = :listed_at
where shop_id = :shop_id and order_id = :order_id and refund_id = :refund_id
  and (:version_at, :listed_at) > (version_at, listed_at)

-- name: move_refund
update order_refunds set has_moved = 1
where shop_id = :shop_id and order_id = :order_id and refund_id = :refund_id and has_moved = 0

-- name: bare_refund
update order_refunds set is_bare = 1
where shop_id = :shop_id and order_id = :order_id and refund_id = :refund_id and is_bare = 0

-- name: list_refunds
-- The newest version whose list is whole.
update orders set refunds_version_at = :version_at, refunds_listed_at = :listed_at
where shop_id = :shop_id and order_id = :order_id
  and (:version_at, :listed_at) > (refunds_version_at, refunds_listed_at)
