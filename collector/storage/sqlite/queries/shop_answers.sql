-- name: read
select answered_at, is_refused, cause, cure from shop_answers where shop_id = :shop_id and opened_with = :opened_with

-- name: keep
-- Several processes ask: an older answer never replaces a newer one.
insert into shop_answers (shop_id, opened_with, answered_at, is_refused, cause, cure)
values (:shop_id, :opened_with, :answered_at, :is_refused, :cause, :cure)
on conflict (shop_id) do update set
  opened_with = excluded.opened_with,
  answered_at = excluded.answered_at,
  is_refused = excluded.is_refused,
  cause = excluded.cause,
  cure = excluded.cure
where excluded.answered_at >= shop_answers.answered_at

-- name: forget
delete from shop_answers where shop_id = :shop_id
