-- name: append
insert into inbox (shop_id, lane, kind, received_at, topic, delivery_id, facts, body)
values (?, ?, ?, ?, ?, ?, ?, ?)

-- name: generation
select generation from identity

-- name: newest_id
select coalesce(max(id), 0) from inbox

-- name: next_rows
-- In order of id, which is the order of commits: one writer at a time, ids never given twice.
select id, shop_id, lane, kind, received_at, topic, delivery_id, facts, body
from inbox
where shop_id = :shop_id and lane = :lane and id > :after
order by id
limit :limit

-- name: row
select id, shop_id, lane, kind, received_at, topic, delivery_id, facts, body
from inbox
where id = :id

-- name: heads
-- The newest row of every shop and lane, from the index alone. Once per connection.
select shop_id, lane, max(id) from inbox group by shop_id, lane

-- name: heads_since
-- The same for what arrived since the last look: a short run of row ids, not the whole index.
select shop_id, lane, max(id) from inbox not indexed where id > :after group by shop_id, lane

-- name: oldest_after
select received_at from inbox
where shop_id = :shop_id and lane = :lane and id > :after
order by id
limit 1

-- name: count_after
-- From the index alone.
select count(*) from inbox where shop_id = :shop_id and lane = :lane and id > :after

-- name: probe
-- For a search by halves: ids follow time closely enough.
select id, received_at from inbox where id >= :id order by id limit 1

-- name: rows_since
-- What a destination told is a webhook, too. An import of thousands is none.
select id, shop_id, lane, kind, received_at, topic, delivery_id, facts, body
from inbox not indexed
where id > :after and shop_id = :shop_id and lane = 'live'
  and (kind = :kind or (:kind = 'webhook' and kind = 'notice'))
  and received_at >= :since
order by id
limit :limit

-- name: purge
-- Folded and too old. Looks at the :limit oldest rows only, so that a call stays short.
delete from inbox where id in (
  select id from (
    select id, received_at from inbox
    where shop_id = :shop_id and lane = :lane and id <= :folded
    order by id
    limit :limit
  )
  where received_at < :older_than
)

-- name: purge_denials
-- A denial has done its work once it is folded.
delete from inbox where id in (
  select id from inbox
  where shop_id = :shop_id and lane = :lane and kind = 'denial' and id <= :folded
  order by id
  limit :limit
)

-- name: purge_shop
delete from inbox where id in (select id from inbox where shop_id = :shop_id limit :limit)

-- name: purge_places
delete from sync_places where shop_id = :shop_id

-- name: to_erase
select id, lane, facts, body from inbox not indexed where id > :after and shop_id = :shop_id order by id limit :limit

-- name: erase
delete from inbox where id in (select value from json_each(:rows))
