-- name: note
insert into rereads (shop_id, kind, id, due_at) values (:shop_id, :kind, :id, :due_at)
on conflict do update set due_at = min(due_at, excluded.due_at), revision = revision + 1

-- name: due
select id, revision from rereads where shop_id = :shop_id and kind = :kind and due_at <= :now order by due_at limit :limit

-- name: settle
delete from rereads where shop_id = :shop_id and kind = :kind and id = :id and revision = :revision

-- name: next_due
select min(due_at) from rereads where shop_id = :shop_id

-- name: forget
delete from rereads where shop_id = :shop_id
