-- name: append
-- One effect, one key: a second append changes nothing and gives no row back.
insert into outbox (shop_id, account, lane, message_key, person, ordering, kind, event_name, needs, payload,
  created_at, due_at, expires_at)
values (:shop_id, :account, :lane, :message_key, :person, :ordering, :kind, :event_name, :needs, :payload,
  :created_at, :due_at, :expires_at)
on conflict (shop_id, message_key) do nothing
returning id

-- name: by_key
select id from outbox where shop_id = :shop_id and message_key = :message_key

-- name: claim
-- Take up to :limit due rows of an account and lane. One statement, so two workers never get the same row.
-- A row waits for earlier waiting ones of the same ordering, and for the row it needs.
-- A claim older than :stale belonged to a worker that died: nobody knows whether that message left.
update outbox set
  is_reclaimed = claimed_at is not null,
  claimed_at = :now,
  claimed_by = :holder,
  attempts = attempts + 1
where id in (
  select o.id from outbox o
  where o.account = :account and o.lane = :lane and o.state = 'waiting' and o.due_at <= :now
    and (o.claimed_at is null or o.claimed_at < :stale)
    and (o.ordering = '' or not exists (
      select 1 from outbox e
      where e.shop_id = o.shop_id and e.ordering = o.ordering and e.ordering <> ''
        and e.state = 'waiting' and e.id < o.id
    ))
    and (o.needs is null or exists (select 1 from outbox n where n.id = o.needs and n.state = 'done'))
  order by o.due_at, o.id
  limit :limit
)
returning id

-- name: rows_in
select id, shop_id, account, lane, message_key, person, ordering, kind, event_name, needs, payload, created_at,
  due_at, expires_at, claimed_at, claimed_by, is_reclaimed, attempts, state, reason, answered, done_at,
  is_dropped
from outbox
where id in (select value from json_each(:ids))
order by lane = 'history', due_at, id

-- name: accounts_due
-- From one account of the index to the next: in an outage many thousand rows wait.
with recursive accounts(account) as (
  select min(account) from outbox indexed by outbox_due where state = 'waiting'
  union all
  select (select min(o.account) from outbox o indexed by outbox_due where o.state = 'waiting' and o.account > accounts.account)
  from accounts where accounts.account is not null
)
select account from accounts
where account is not null and (
  exists (
    select 1 from outbox o
    where o.account = accounts.account and o.lane = 'live' and o.state = 'waiting' and o.due_at <= :now
  ) or exists (
    select 1 from outbox o
    where o.account = accounts.account and o.lane = 'history' and o.state = 'waiting' and o.due_at <= :now
  )
)

-- name: next_due_at
-- Lane by lane, so that the index gives the first at once.
select min(due_at) from (
  select * from (
    select due_at from outbox
    where account = :account and lane = 'live' and state = 'waiting' and claimed_at is null
    order by due_at limit 1
  )
  union all
  select * from (
    select due_at from outbox
    where account = :account and lane = 'history' and state = 'waiting' and claimed_at is null
    order by due_at limit 1
  )
)

-- name: done
-- Whoever holds the claim by now: the message has left.
-- Of an erasure nothing is kept that names the person.
update outbox set state = 'done', done_at = :now, answered = :answered, reason = '',
  payload = case kind when 'erasure' then '{"email": ""}' else payload end,
  ordering = case kind when 'erasure' then '' else ordering end,
  is_dropped = case kind when 'erasure' then 1 else is_dropped end
where id = :id and state in ('waiting', 'unknown')

-- name: give_up_claims
-- What a former process of the same name claimed: nobody knows whether it left, and nobody will say.
update outbox set claimed_at = :long_ago where claimed_by = :holder and state = 'waiting' and claimed_at is not null

-- name: retry
-- A claim given back unused (no budget, too late in the turn) was no attempt.
update outbox set claimed_at = null, claimed_by = '', due_at = :due_at, reason = :reason, answered = :answered,
  attempts = attempts - :unused
where id = :id and state = 'waiting' and claimed_by = :holder

-- name: finish
-- An erasure that is given up or may not be sent names nobody either.
update outbox set state = :state, done_at = :now, reason = :reason, answered = :answered,
  payload = case kind when 'erasure' then '{"email": ""}' else payload end,
  ordering = case kind when 'erasure' then '' else ordering end,
  is_dropped = case kind when 'erasure' then 1 else is_dropped end
where id = :id and state = 'waiting' and claimed_by = :holder

-- name: finish_unclaimed
-- Superseded by something newer; what is being sent this moment stays as it is.
update outbox set state = 'skipped', done_at = :now, reason = :reason
where shop_id = :shop_id and ordering = :ordering and ordering <> '' and state = 'waiting' and claimed_at is null
  and kind in (select value from json_each(:kinds))
returning id

-- name: throw_away
-- Of these events, and the contacts that are there for such an event alone; what is being sent stays as it is.
update outbox set state = 'skipped', done_at = :now, reason = :reason
where shop_id = :shop_id and ordering = :ordering and ordering <> '' and state = 'waiting' and claimed_at is null
  and (event_name in (select value from json_each(:events))
    or (kind = 'contact' and json_extract(payload, '$.strength') = 'typed' and json_extract(payload, '$.may_market')
      and json_extract(payload, '$.lists_remove') = '[]'))
returning id

-- name: finish_dependents
-- What needs a row that will never be done can never be done either.
with recursive hopeless(id) as (
  select value from json_each(:ids)
  union
  select o.id from outbox o join hopeless h on o.needs = h.id where o.state = 'waiting'
)
update outbox set state = :state, done_at = :now, reason = :reason
where state = 'waiting' and id in (select id from hopeless)

-- name: requeue
-- By hand: once more from the start. What it needed and lost is asked for again by itself.
update outbox set state = 'waiting', due_at = :now, expires_at = null, claimed_at = null, claimed_by = '',
  is_reclaimed = 0, attempts = 0, reason = '', done_at = null
where id = :id and state in ('dead', 'skipped', 'unknown', 'waiting') and is_dropped = 0

-- name: list
select id, shop_id, account, lane, message_key, person, ordering, kind, event_name, needs, payload, created_at,
  due_at, expires_at, claimed_at, claimed_by, is_reclaimed, attempts, state, reason, answered, done_at,
  is_dropped
from outbox
where (:state is null or state = :state)
  and (:shop_id is null or shop_id = :shop_id)
  and (:event_name is null or event_name = :event_name)
  and (:since is null or created_at >= :since)
  and id > :after
order by id
limit :limit

-- name: states
select state, count(*) from outbox where (:shop_id is null or shop_id = :shop_id) group by state

-- name: stopped
-- Why accounts refuse what waits, each reason once, with its newest message and how much waits for the account.
select s.account, s.reason, min(s.created_at), max(s.id),
  (select count(*) from outbox w where w.account = s.account and w.state = 'waiting')
from outbox s
where s.state = 'waiting' and s.reason >= 'stopped_' and s.reason < 'stopped`'
group by s.account, s.reason
order by s.account, s.reason

-- name: erasures
-- How the deletions of contacts stand, the oldest first; those of one address have one mark in their keys.
select id, account, message_key, state, reason, done_at from outbox
where kind = 'erasure' and created_at >= :since
order by created_at, id

-- name: unfinished
select account, state, count(*) from outbox
where state in ('waiting', 'dead', 'unknown')
group by account, state
order by account, state

-- name: finished_since
-- From the index of what retention looks at, its newest end.
select account, state, count(*) from outbox
where done_at is not null and is_dropped = 0 and done_at >= :since
group by account, state
order by account, state
