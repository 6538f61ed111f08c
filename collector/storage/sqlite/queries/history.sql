-- name: mark
insert into history_marks (shop_id, kind, subject, email, is_due, marked_at)
values (:shop_id, :kind, :subject, :email, 1, :at)
on conflict do update set email = excluded.email, is_due = 1, marked_at = max(marked_at, excluded.marked_at),
  grouping = ''

-- name: mark_anew
insert into history_marks (shop_id, kind, subject, email, is_due, marked_at)
values (:shop_id, :kind, :subject, :email, 1, :at)
on conflict do update set email = excluded.email, is_due = 1, marked_at = max(marked_at, excluded.marked_at),
  grouping = '', told_hash = ''

-- name: touch
-- What waits is looked at anew; what is on its way is told once more. Whatever was told in bulk, something else may
-- have been told since.
update history_marks set told_hash = '', is_due = case when batch is null then is_due else 1 end,
  grouping = case when is_due = 1 or batch is not null then '' else grouping end
where shop_id = :shop_id and kind = :kind and subject = :subject

-- name: touch_anyway
update history_marks set told_hash = '', grouping = '', is_due = 1
where shop_id = :shop_id and kind = :kind and subject = :subject

-- name: waiting
-- In the order of the index: nothing is sorted.
select kind, grouping, count(*), min(marked_at), max(marked_at) from history_marks indexed by history_marks_due
where shop_id = :shop_id and kind in ('contact', 'order') and is_due = 1 and batch is null group by kind, grouping

-- name: on_their_way
select coalesce(sum(subjects), 0) from history_batches where account = :account and ended_at is null

-- name: groupings
select grouping, there, count(*) from history_marks indexed by history_marks_due
where shop_id = :shop_id and kind = 'contact' and is_due = 1 and batch is null group by grouping, there

-- name: told_before
select count(*) from history_marks where shop_id = :shop_id and kind = 'contact' and told_hash <> ''

-- name: usual_bytes
select 1.0 * bytes / subjects from history_batches
where account = :account and kind = :kind and subjects > 0 order by id desc limit 1

-- name: unexamined
select subject from history_marks indexed by history_marks_due
where shop_id = :shop_id and kind = 'contact' and grouping = '' and is_due = 1 and batch is null
order by there, subject limit :limit

-- name: told_hash
select told_hash from history_marks where shop_id = :shop_id and kind = :kind and subject = :subject

-- name: examined
update history_marks set grouping = :grouping
where shop_id = :shop_id and kind = 'contact' and subject = :email and is_due = 1 and batch is null

-- name: forget_numbers
delete from history_numbers
where account = :account and email = :email and number not in (select value from json_each(:numbers))

-- name: add_number
insert or ignore into history_numbers (account, number, email, shop_id) values (:account, :number, :email, :shop_id)

-- name: nothing_to_tell
update history_marks set is_due = 0 where shop_id = :shop_id and kind = :kind and subject = :subject and batch is null

-- name: due_contacts
select subject, grouping, there, asked_at, marked_at from history_marks
where shop_id = :shop_id and kind = 'contact' and subject > :after and is_due = 1 and batch is null
  and grouping not in ('', 'alone')
order by subject limit :limit

-- name: due_alone
select subject from history_marks indexed by history_marks_due
where shop_id = :shop_id and kind = 'contact' and grouping = 'alone' and is_due = 1 and batch is null
order by there, subject limit :limit

-- name: others_with
select email from history_numbers where account = :account and number = :number and email <> :email

-- name: due_orders
-- An order must not come before its contact.
select m.subject from history_marks m
where m.shop_id = :shop_id and m.kind = 'order' and m.is_due = 1 and m.batch is null
  and not exists (
    select 1 from history_marks c
    where c.shop_id = m.shop_id and c.kind = 'contact' and c.subject = m.email
      and (c.is_due = 1 or c.batch is not null)
  )
order by m.grouping, m.there, m.subject limit :limit

-- name: is_being_told
select 1 from outbox
where shop_id = :shop_id and ordering = :ordering and ordering <> '' and state = 'waiting' limit 1

-- name: see
update history_marks set there = :there, asked_at = :at
where shop_id in (select value from json_each(:shops)) and kind = 'contact' and subject = :email

-- name: see_number
-- Only numbers that our own contacts have, too, are of interest.
insert or ignore into history_numbers (account, number, email, shop_id)
select :account, :number, :email, :shop_id where exists (
  select 1 from history_numbers where account = :account and number = :number
)

-- name: reading
select started_at, ended_at, place, total from history_readings where account = :account

-- name: keep_reading
insert into history_readings (account, started_at, ended_at, place, total)
values (:account, :started_at, :ended_at, :place, :total)
on conflict do update set started_at = excluded.started_at, ended_at = excluded.ended_at, place = excluded.place,
  total = excluded.total

-- name: add_batch
insert into history_batches (account, shop_id, kind, grouping, subjects, bytes, state, made_at, next_look_at)
values (:account, :shop_id, :kind, :grouping, 0, 0, 'leaving', :now, :now) returning id

-- name: assign
update history_marks set is_due = 0, batch = :batch, told_hash = :told_hash
where shop_id = :shop_id and kind = :kind and subject = :subject and is_due = 1 and batch is null
  and grouping = :grouping

-- name: changed_in
select subject from history_marks where batch = :batch and is_due = 1

-- name: leave_behind
update history_marks set batch = null, told_hash = '' where batch = :batch and is_due = 1

-- name: sent
update history_batches set state = 'sent', reference = :reference, subjects = :subjects, bytes = :bytes,
  next_look_at = :next_look_at
where id = :batch

-- name: look_later
update history_batches set looks = looks + 1, next_look_at = :next_look_at where id = :batch

-- name: open_batches
select id, account, shop_id, kind, grouping, subjects, bytes, state, reference, made_at, next_look_at, looks,
  ended_at, said
from history_batches where account = :account and ended_at is null order by id

-- name: batches
select id, account, shop_id, kind, grouping, subjects, bytes, state, reference, made_at, next_look_at, looks,
  ended_at, said
from history_batches where account = :account order by id desc limit :limit

-- name: some_of_batch
select shop_id, kind, subject from history_marks where batch = :batch limit :limit

-- name: arrived
update history_marks set batch = null, there = :there, asked_at = :at
where shop_id = :shop_id and kind = :kind and subject = :subject and batch = :batch

-- name: not_arrived
update history_marks set batch = null, is_due = 1, grouping = '', told_hash = ''
where shop_id = :shop_id and kind = :kind and subject = :subject and batch = :batch

-- name: end
update history_batches set state = :state, said = :said, ended_at = :at where id = :batch

-- name: forget
delete from history_batches where id = :batch
