-- name: acts
-- The second half: opt-outs of the other addresses of the customer accounts this one surely belongs to, now or before.
-- `cross`: in this order, or all acts of the shop are walked.
select state, act, source, occurred_at from consent_ledger
where shop_id = :shop_id and subject_kind = 'email' and subject = :email and channel = 'email'
union
select c.state, c.act, c.source, c.occurred_at
from identity_links own indexed by identity_links_reverse
cross join identity_links other on other.shop_id = own.shop_id and other.a_kind = 'customer' and other.a_value = own.a_value
  and other.b_kind = 'email' and other.strength in ('signed', 'ordered')
cross join consent_ledger c on c.shop_id = other.shop_id and c.subject_kind = 'email' and c.subject = other.b_value
  and c.channel = 'email' and c.state = 'opted_out'
where own.shop_id = :shop_id and own.b_kind = 'email' and own.b_value = :email and own.a_kind = 'customer'
  and own.strength in ('signed', 'ordered')

-- name: newest_paid_order
select max(created_at) from orders
where shop_id = :shop_id and email = :email and paid_at is not null and cancelled_at is null and is_test = 0
  and state in ('paid', 'promised')

-- name: is_confirmed
-- Somebody but an unsigned page names this address: an order, a platform record, a signed identity.
select 1 where exists (
  select 1 from identity_links
  where shop_id = :shop_id and a_kind = 'email' and a_value = :email and strength in ('signed', 'ordered')
) or exists (
  select 1 from identity_links
  where shop_id = :shop_id and b_kind = 'email' and b_value = :email and strength in ('signed', 'ordered')
)

-- name: country
-- Billing before account; the newest of each.
select country from (
  select 1 as rank, country, version_at from orders
  where shop_id = :shop_id and email = :email and country <> '' and state not in ('none', 'started', 'failed')
  union all
  select 2, country, version_at from customers where shop_id = :shop_id and email = :email and country <> ''
) order by rank, version_at desc limit 1

-- name: person_details
select first_name, last_name, role, is_staff, customer_id, locale from customers
where shop_id = :shop_id and email = :email and deleted_at is null order by version_at desc limit 1

-- name: newest_name_on_order
-- Anybody may fill in a checkout with this address: only what was ordered counts.
select detail, locale from orders
where shop_id = :shop_id and email = :email and state not in ('none', 'started', 'failed')
order by version_at desc limit 1

-- name: remembered
select decided_at from reminders
where shop_id = :shop_id and email in (select value from json_each(:emails)) and decided_at > :since
order by decided_at

-- name: add_reminder
insert into reminders (shop_id, effect, abandonment_id, kind, stage, step, cart, generation, email, decided_at)
values (:shop_id, :effect, :abandonment_id, :kind, :stage, :step, :cart, :generation, :email, :decided_at)
on conflict do nothing
returning id

-- name: steps_taken
select count(*) from reminders
where shop_id = :shop_id and cart = :cart and generation = :generation and decided_at >= :since

-- name: reminded_of_cart
select id, abandonment_id, email, effect from reminders
where cart = :cart and generation = :generation and recovered_at is null

-- name: keep_recovery
update reminders set recovered_at = :at where id = :id and recovered_at is null returning id

-- name: add_told
insert or ignore into cart_told (shop_id, cart, generation, email, first_at)
values (:shop_id, :cart, :generation, :email, :at)

-- name: told
select email from cart_told where cart = :cart and generation = :generation order by email

-- name: carts_ordered_by
select cart, generation from carts where shop_id = :shop_id and order_id = :order_id

-- name: newest_of_cart
-- The last of these events that was decided for this address; `:begin` is the beginning of the messages' keys.
select message_key from outbox
where shop_id = :shop_id and message_key >= :begin || ':' and message_key < :begin || ';' and +ordering = :ordering
order by id desc limit 1

-- name: heard_of_cart
-- Whether anything about this cart left for this address, or is leaving this moment. Found by the beginnings of the
-- messages' keys (event:<name>:<cart>:<generation>:…), reminders by their own.
select 1 from json_each(:events)
cross join outbox o on o.shop_id = :shop_id
  and o.message_key >= 'event:' || json_each.value || ':' || :cart || ':' || :generation || ':'
  and o.message_key < 'event:' || json_each.value || ':' || :cart || ':' || :generation || ';'
where o.ordering = :ordering and (o.state in ('done', 'unknown') or (o.state = 'waiting' and o.claimed_at is not null))
union all
select 1 from reminders r
join outbox o on o.shop_id = r.shop_id and o.message_key = 'event:' || r.abandonment_id || ':' || r.email
where r.cart = :cart and r.generation = :generation and o.ordering = :ordering
  and (o.state in ('done', 'unknown') or (o.state = 'waiting' and o.claimed_at is not null))
limit 1

-- name: contact_left
-- Whether the contact itself left, or is leaving this moment: 1 or 0; null: nothing of it stands in the outbox any more.
select max(state in ('done', 'unknown') or (state = 'waiting' and claimed_at is not null)) from outbox
where shop_id = :shop_id and message_key >= 'contact:' || :email || ':' and message_key < 'contact:' || :email || ';'

-- name: was_observed
select 1 from events where cart = :cart and json_extract(detail, '$.source') <> 'platform' limit 1

-- name: message_state
select state from outbox where shop_id = :shop_id and message_key = :message_key

-- name: conflict
select conflict from people where id = :person

-- name: revive_contact
-- A contact is no event: it may be tried again. Left dead or skipped (a pause, an outage), it would hold up for ever
-- whatever needs it from now on.
update outbox set state = 'waiting', due_at = :now, expires_at = null, claimed_at = null, claimed_by = '',
  is_reclaimed = 0, attempts = 0, reason = '', done_at = null
where id = :id and kind = 'contact' and state in ('dead', 'skipped')

-- name: newest_views
-- The newest looks of a browser in one stretch of time.
select type, event_id, occurred_at, detail from events
where visitor = :visitor and occurred_at >= :since
  and type in ('page_viewed', 'product_viewed', 'collection_viewed', 'search_submitted')
order by occurred_at desc, event_id desc limit :limit

-- name: browser
select id, consent, suspicion, last_seen_at from visitors where shop_id = :shop_id and visitor_id = :visitor_id

-- name: session_start
select started_at from sessions where visitor = :visitor order by started_at desc limit 1

-- name: refunds
-- One that the newest whole list of its order does without was deleted again.
select r.refund_id, r.amount_minor, r.currency, r.occurred_at from order_refunds r
left join orders o on o.shop_id = r.shop_id and o.order_id = r.order_id
where r.shop_id = :shop_id and r.order_id = :order_id
  and (o.order_id is null or (r.version_at, r.listed_at) >= (o.refunds_version_at, o.refunds_listed_at))
order by r.occurred_at, r.refund_id

-- name: unpaid_refunds
select refund_id from order_refunds where shop_id = :shop_id and order_id = :order_id and has_moved = 0

-- name: had_refunds
select 1 from order_refunds where shop_id = :shop_id and order_id = :order_id limit 1

-- name: last_decision_of_cart
select outcome, reason from decisions
where cart = :cart and shop_id = :shop_id and kind = :kind and generation is :generation and step = :step
order by id desc limit 1

-- name: last_decision_of_session
select outcome, reason from decisions
where shop_id = :shop_id and json_extract(detail, '$.session') = :session and cart is null
  and kind = :kind and step = :step
order by id desc limit 1

-- name: has_order_feed
-- A shop whose orders we were ever told of, by its own webhooks.
select 1 from orders where shop_id = :shop_id limit 1

-- name: carts_of_person
select c.cart, k.key, c.stage, c.changed_at, c.state from person_nodes n
join cart_keys k on k.shop_id = n.shop_id and k.key = n.value
join carts c on c.cart = k.id
where n.person = :person and n.kind = 'cart' and c.state = 'open'

-- name: orders_of_person_since
select max(coalesce(o.accepted_at, o.created_at)) from person_nodes n
join order_nodes x on x.shop_id = n.shop_id and x.kind = n.kind and x.value = n.value
join orders o on o.shop_id = x.shop_id and o.order_id = x.order_id
where n.person = :person and n.kind <> 'phone' and o.is_test = 0
  and o.state in ('paid', 'promised', 'refunded', 'cancelled')

-- name: due_carts
-- Whose deadline has passed, longest first. Walks the index, so it costs what is due, not what is open.
select c.cart, k.key, c.generation from carts c join cart_keys k on k.id = c.cart
where c.shop_id = :shop_id and c.next_check_at is not null and c.next_check_at <= :now
order by c.next_check_at limit :limit

-- name: due_visits
select s.id, s.visitor, v.visitor_id, s.started_at, s.last_event_at, s.product_views,
  not exists (select 1 from sessions l where l.visitor = s.visitor and l.started_at > s.started_at)
from sessions s join visitors v on v.id = s.visitor
where s.shop_id = :shop_id and s.next_check_at is not null and s.next_check_at <= :now
order by s.next_check_at limit :limit

-- name: set_cart_check
update carts set next_check_at = :at where cart = :cart and generation = :generation

-- name: set_visit_check
update sessions set next_check_at = :at where id = :session

-- name: set_visit_deadline
update sessions set next_check_at =
  strftime('%Y-%m-%dT%H:%M:%fZ', last_event_at, '+' || :after_s || ' seconds')
where id = (select id from sessions where visitor = :visitor order by started_at desc limit 1)
  and product_views > 0
  and not exists (
    select 1 from reminders r where r.shop_id = sessions.shop_id
      and r.effect = 'browse:' || sessions.visitor || ':' || sessions.started_at
  )
