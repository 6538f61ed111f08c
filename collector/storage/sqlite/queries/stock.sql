-- name: look
insert into stock_looks (shop_id, product_id, due_at) values (:shop_id, :product_id, :due_at)
on conflict do update set due_at = min(due_at, excluded.due_at), revision = revision + 1

-- name: due
select product_id, revision from stock_looks where shop_id = :shop_id and due_at <= :now order by due_at limit :limit

-- name: settle
delete from stock_looks where shop_id = :shop_id and product_id = :product_id and revision = :revision

-- name: next_due
select min(due_at) from stock_looks where shop_id = :shop_id

-- name: states
select entry_id, state from stock_states where shop_id = :shop_id and product_id = :product_id

-- name: forget_states
delete from stock_states where shop_id = :shop_id and product_id = :product_id

-- name: keep_state
insert into stock_states (shop_id, product_id, entry_id, state) values (:shop_id, :product_id, :entry_id, :state)
