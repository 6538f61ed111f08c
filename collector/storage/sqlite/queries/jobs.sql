-- name: read
select due_at, progress, finished_at, failures, said from jobs where name = :name

-- name: keep
insert into jobs (name, due_at, progress, finished_at, failures, said)
values (:name, :due_at, :progress, :finished_at, 0, :said)
on conflict (name) do update set due_at = excluded.due_at, progress = excluded.progress,
  finished_at = excluded.finished_at, failures = 0, said = excluded.said

-- name: failed
insert into jobs (name, due_at, progress, failures, said) values (:name, :due_at, '{}', 1, :said)
on conflict (name) do update set due_at = excluded.due_at, failures = failures + 1, said = excluded.said

-- name: bring_forward
update jobs set due_at = :due_at where name = :name and due_at > :due_at

-- name: failing
select count(*) from jobs where failures > 0
