-- name: read
select last_id from cursors
where shop_id = :shop_id and lane = :lane and inbox_generation = :generation

-- name: all
select shop_id, lane, last_id from cursors where inbox_generation = :generation

-- name: advance
-- Never back within one inbox; a new generation starts where it is told.
insert into cursors (shop_id, lane, inbox_generation, last_id)
values (:shop_id, :lane, :generation, :last_id)
on conflict (shop_id, lane) do update set
  last_id = case when inbox_generation = excluded.inbox_generation
    then max(last_id, excluded.last_id) else excluded.last_id end,
  inbox_generation = excluded.inbox_generation

-- name: note_outcome
insert into row_outcomes (inbox_generation, inbox_id, shop_id, outcome, reason)
values (:generation, :inbox_id, :shop_id, :outcome, :reason)
on conflict (inbox_generation, inbox_id) do update set outcome = excluded.outcome, reason = excluded.reason

-- name: outcome
select outcome, reason from row_outcomes where inbox_generation = :generation and inbox_id = :inbox_id

-- name: forget_outcomes
delete from row_outcomes where shop_id = :shop_id and (inbox_generation <> :generation or inbox_id < :before)

-- name: remember_delivery
-- Gives the row the delivery came with first: another one than asked about is a duplicate.
insert into delivered (shop_id, key, first_row_id) values (:shop_id, :key, :row_id)
on conflict (shop_id, key) do update set first_row_id = first_row_id
returning first_row_id

-- name: forget_deliveries
delete from delivered where shop_id = :shop_id and first_row_id < :before
