-- name: keep
insert into outbox_calls (shop_id, message, attempt, at, method, path, sent, status, answered, request_id, error)
select shop_id, id, attempts, :at, :method, :path, :sent, :status, :answered, :request_id, :error
from outbox where id = :message

-- name: of
select attempt, at, method, path, sent, status, answered, request_id, error from outbox_calls
where message = :message
order by id

-- name: drop_old
delete from outbox_calls where id in (select id from outbox_calls where at < :before order by at limit :limit)

-- name: drop_old_content
-- Whom it was for stays, because `explain` says so; the key stays as the memory of what was told.
update outbox set is_dropped = 1, answered = null,
  payload = json_object('email', coalesce(json_extract(payload, '$.email'), ''))
where id in (
  select id from outbox where done_at is not null and is_dropped = 0 and done_at < :before order by done_at limit :limit
)
