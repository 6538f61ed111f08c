-- name: file
insert into privacy_requests (platform, address, asked, key, asked_at, received_at, due_at, subject)
values (:platform, :address, :asked, :key, :asked_at, :received_at, :due_at, :subject)
on conflict (platform, address, key) do nothing

-- name: open
select id, platform, address, asked, asked_at, due_at, subject, mark, done_at, outcome, export is not null
from privacy_requests where done_at is null order by asked_at, id limit :limit

-- name: to_do
-- What was not tried yet comes first: one that waits for something holds up no other.
select id, platform, address, asked, asked_at, due_at, subject, mark, done_at, outcome, export is not null
from privacy_requests where done_at is null and asked <> 'unclear' order by outcome <> '{}', asked_at, id limit :limit

-- name: newest
select id, platform, address, asked, asked_at, due_at, subject, mark, done_at, outcome, export is not null
from privacy_requests order by id desc limit :limit

-- name: one
select id, platform, address, asked, asked_at, due_at, subject, mark, done_at, outcome, export is not null
from privacy_requests where id = :id

-- name: export
select export from privacy_requests where id = :id

-- name: waits
update privacy_requests set outcome = :outcome where id = :id and done_at is null

-- name: done
update privacy_requests set subject = '', mark = :mark, done_at = :at, outcome = :outcome, export = :export
where id = :id and done_at is null

-- name: forget_exports
update privacy_requests set export = null where export is not null and done_at < :before

-- name: contacts_told
-- How many contacts a shop told each account of.
select account, count(*) from account_contacts indexed by account_contacts_told_by
where shop_id = :shop_id group by account order by account
