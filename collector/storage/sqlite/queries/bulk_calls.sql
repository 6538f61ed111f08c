-- name: keep
insert into bulk_calls (account, at, method, path, size, sent, status, answered, request_id, error)
values (:account, :at, :method, :path, :size, :sent, :status, :answered, :request_id, :error)

-- name: newest
select id, account, at, size, method, path, null, status, answered, request_id, error from bulk_calls
where id < :before
order by id desc
limit :limit

-- name: one
select id, account, at, size, method, path, sent, status, answered, request_id, error from bulk_calls where id = :id

-- name: drop_old
delete from bulk_calls where id in (select id from bulk_calls where at < :before order by at limit :limit)
