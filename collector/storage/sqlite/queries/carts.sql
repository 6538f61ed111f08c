-- name: cart_key
select id, last_at, last_rank, last_id, carry from cart_keys where shop_id = :shop_id and key = :key

-- name: add_cart_key
insert into cart_keys (shop_id, key) values (:shop_id, :key)

-- name: cart_name
select key from cart_keys where id = :cart

-- name: keep_place
update cart_keys set last_at = :last_at, last_rank = :last_rank, last_id = :last_id, carry = :carry where id = :cart

-- name: generations
select generation, state, stage, opened_at, changed_at, stepped_at, items, items_hash, currency, total_minor,
  closed_at, order_id, checkout_url, recovery_url, checkout_token, payment_order_id
from carts where cart = :cart order by generation

-- name: newest_generation
select generation, state, stage, opened_at, changed_at, stepped_at, items, items_hash, currency, total_minor,
  closed_at, order_id, checkout_url, recovery_url, checkout_token, payment_order_id
from carts where cart = :cart order by generation desc limit 1

-- name: keep_generation
-- Written in place: later rows refer to (cart, generation).
insert into carts (shop_id, cart, generation, state, stage, opened_at, changed_at, stepped_at, closed_at, order_id,
  items, items_hash, item_count, currency, total_minor, checkout_url, recovery_url, checkout_token,
  payment_order_id, next_check_at)
values (:shop_id, :cart, :generation, :state, :stage, :opened_at, :changed_at, :stepped_at, :closed_at, :order_id,
  :items, :items_hash, :item_count, :currency, :total_minor, :checkout_url, :recovery_url, :checkout_token,
  :payment_order_id, :next_check_at)
on conflict (cart, generation) do update set state = excluded.state, stage = excluded.stage,
  opened_at = excluded.opened_at, changed_at = excluded.changed_at, stepped_at = excluded.stepped_at,
  closed_at = excluded.closed_at, order_id = excluded.order_id, items = excluded.items,
  items_hash = excluded.items_hash, item_count = excluded.item_count, currency = excluded.currency,
  total_minor = excluded.total_minor, checkout_url = excluded.checkout_url, recovery_url = excluded.recovery_url,
  checkout_token = excluded.checkout_token, payment_order_id = excluded.payment_order_id,
  next_check_at = excluded.next_check_at

-- name: drop_generations
delete from carts where cart = :cart and generation > :generation

-- name: cart_events
select type, event_id, occurred_at, detail from events where cart = :cart order by occurred_at, event_id

-- name: keep_checkout
insert into checkouts (shop_id, token, version_at, content_hash, cart, email, phone, customer_id, recovery_url,
  items, completed_at, accepts_marketing, stated_at)
values (:shop_id, :token, :version_at, :content_hash, :cart, :email, :phone, :customer_id, :recovery_url,
  :items, :completed_at, :accepts_marketing, :stated_at)
on conflict do update set version_at = excluded.version_at, content_hash = excluded.content_hash,
  cart = excluded.cart, email = excluded.email, phone = excluded.phone, customer_id = excluded.customer_id,
  recovery_url = excluded.recovery_url, items = excluded.items, accepts_marketing = excluded.accepts_marketing,
  stated_at = excluded.stated_at
-- The newest version wins; of two with the same time the one that was made later, else the one whose content sorts last,
-- on every machine.
where (excluded.version_at, excluded.stated_at, excluded.content_hash) > (version_at, stated_at, content_hash)

-- name: keep_completion
-- A checkout that was completed once stays so, whichever version said it.
update checkouts set completed_at = :completed_at
where shop_id = :shop_id and token = :token and (completed_at is null or completed_at > :completed_at)

-- name: completions
-- Checkouts of this cart that an order came out of: they close it even before the order is known.
select token, completed_at, items from checkouts where cart = :cart and completed_at is not null
