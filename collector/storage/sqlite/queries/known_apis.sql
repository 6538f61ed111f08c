-- name: read
select learnt, learnt_at from known_apis where shop_id = :shop_id

-- name: keep
insert into known_apis (shop_id, learnt, learnt_at) values (:shop_id, :learnt, :now)
on conflict (shop_id) do update set learnt = excluded.learnt, learnt_at = excluded.learnt_at

-- name: forget
delete from known_apis where shop_id = :shop_id
