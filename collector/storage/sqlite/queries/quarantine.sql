-- name: add
-- The same row folded again, and still not understood, changes nothing.
insert into quarantine (shop_id, inbox_generation, inbox_id, lane, kind, topic, delivery_id, facts, received_at,
  body, reason, detail, quarantined_at)
values (:shop_id, :generation, :inbox_id, :lane, :kind, :topic, :delivery_id, :facts, :received_at,
  :body, :reason, :detail, :now)
on conflict (inbox_generation, inbox_id) do nothing

-- name: rows
select id, shop_id, inbox_id, lane, kind, topic, delivery_id, facts, received_at, body, reason, detail,
  quarantined_at, replayed_at
from quarantine
where (:shop_id is null or shop_id = :shop_id) and id > :after and (:also_replayed or replayed_at is null)
order by id
limit :limit

-- name: one
select id, shop_id, inbox_id, lane, kind, topic, delivery_id, facts, received_at, body, reason, detail,
  quarantined_at, replayed_at
from quarantine
where id = :id

-- name: reasons
select reason, count(*) from quarantine
where (:shop_id is null or shop_id = :shop_id) and replayed_at is null
group by reason
order by reason

-- name: replayed
update quarantine set replayed_at = :now where id = :id

-- name: purge
delete from quarantine where quarantined_at < :before
