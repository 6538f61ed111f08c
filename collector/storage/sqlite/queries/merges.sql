-- name: add
-- The first word about a record counts: it became part of exactly one other.
insert into customer_merges (shop_id, gone_id, kept_id, merged_at) values (:shop_id, :gone_id, :kept_id, :at)
on conflict do update set kept_id = excluded.kept_id, merged_at = excluded.merged_at
where (excluded.merged_at, excluded.kept_id) < (merged_at, kept_id)

-- name: became
select kept_id from customer_merges where shop_id = :shop_id and gone_id = :id

-- name: is_used
select 1 from customer_merges where shop_id = :shop_id limit 1

-- name: forget_link
delete from identity_links where shop_id = :shop_id and a_kind = :a_kind and a_value = :a_value
  and b_kind = :b_kind and b_value = :b_value and strength = :strength and source = :source

-- name: forget_node
delete from person_nodes where shop_id = :shop_id and kind = 'customer' and value = :gone_id

-- name: move_orders
insert or ignore into order_nodes (shop_id, kind, value, order_id)
select shop_id, kind, :kept_id, order_id from order_nodes
where shop_id = :shop_id and kind = 'customer' and value = :gone_id

-- name: leave_orders
delete from order_nodes where shop_id = :shop_id and kind = 'customer' and value = :gone_id
