-- name: note
-- Counted; the first of its kind says so.
insert into webhook_faults (shop_id, webhook_id, topic, code, first_at, last_at)
values (:shop_id, :webhook_id, :topic, :code, :at, :at)
on conflict do update set count = count + 1, last_at = max(last_at, excluded.last_at)
returning count

-- name: since
select webhook_id, topic, code, count, first_at, last_at from webhook_faults
where shop_id = :shop_id and last_at >= :since
order by last_at desc limit :limit

-- name: forget
delete from webhook_faults where shop_id = :shop_id and last_at < :before
