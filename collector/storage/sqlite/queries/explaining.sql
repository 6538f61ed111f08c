-- Everything stored about one person, for `tajo explain`. Read only. `:nodes` and `:emails` are JSON lists.

-- name: shops_knowing
-- Shops that ever heard of an address, also those where only a page claimed it.
select distinct h.id, h.platform, h.address from shops h where exists (
  select 1 from identity_links l where l.shop_id = h.id
    and ((l.a_kind = 'email' and l.a_value = :email) or (l.b_kind = 'email' and l.b_value = :email))
) or exists (
  select 1 from consent_ledger c where c.shop_id = h.id and c.subject_kind = 'email' and c.subject = :email
) or exists (
  select 1 from orders o where o.shop_id = h.id and o.email = :email
) or exists (
  select 1 from customers c where c.shop_id = h.id and c.email = :email
) or exists (
  select 1 from outbox o where o.shop_id = h.id and o.ordering = 'email:' || :email
)
order by h.platform, h.address

-- name: nodes
-- Everything that belongs to the same person.
select n.kind, n.value from person_nodes me
join person_nodes n on n.person = me.person
where me.shop_id = :shop_id and me.kind = 'email' and me.value = :email
order by n.kind, n.value

-- name: links
select a_kind, a_value, b_kind, b_value, strength, source, first_at, last_at from identity_links
where shop_id = :shop_id and (
  a_kind || ':' || a_value in (select value from json_each(:nodes))
  or b_kind || ':' || b_value in (select value from json_each(:nodes))
)

-- name: events
-- What the person's browsers did and what happened to their carts, orders and customer records. Ids of events about
-- orders and customers begin with what they are about. The newest ones, at most :limit.
with browsers as (
  select v.id from visitors v where v.shop_id = :shop_id
    and 'visitor:' || v.visitor_id in (select value from json_each(:nodes))
), baskets as (
  select k.id from cart_keys k where k.shop_id = :shop_id and 'cart:' || k.key in (select value from json_each(:nodes))
), records as (
  select distinct t.value || ':' || o.order_id as prefix from order_nodes o, json_each(:order_events) t
  where o.shop_id = :shop_id and o.kind <> 'phone' and o.kind || ':' || o.value in (select value from json_each(:nodes))
  union
  select t.value || ':' || substr(n.value, 10) from json_each(:nodes) n, json_each(:customer_events) t
  where n.value like 'customer:%'
), found as (
  select e.id from events e where e.visitor in (select id from browsers)
  union
  select e.id from events e where e.cart in (select id from baskets)
  union
  select e.id from records r join events e on e.shop_id = :shop_id and e.event_id = r.prefix
  union
  select e.id from records r
  join events e on e.shop_id = :shop_id and e.event_id > r.prefix || ':' and e.event_id < r.prefix || ';'
)
select e.occurred_at, e.type, e.event_id, coalesce(v.visitor_id, ''), coalesce(k.key, ''), e.detail
from events e left join visitors v on v.id = e.visitor left join cart_keys k on k.id = e.cart
where e.id in (select id from found)
order by e.occurred_at desc, e.id desc
limit :limit

-- name: consent
select occurred_at, subject_kind, subject, channel, state, act, source, recorded_at from consent_ledger
where shop_id = :shop_id and subject_kind || ':' || subject in (select value from json_each(:nodes))

-- name: decisions
-- By address and by cart: what was decided while a cart was somebody else's is told, too.
select d.decided_at, d.kind, d.step, d.outcome, d.reason, d.truth, coalesce(k.key, ''), d.detail
from decisions d left join cart_keys k on k.id = d.cart
where d.shop_id = :shop_id and (
  json_extract(d.detail, '$.email') in (select value from json_each(:emails))
  or 'cart:' || k.key in (select value from json_each(:nodes))
)

-- name: deliveries
select created_at, id, kind, event_name, payload, state, reason, attempts, due_at, done_at from outbox
where shop_id = :shop_id and ordering in (select 'email:' || value from json_each(:emails))

-- name: open_carts
select k.key, c.stage, c.item_count, c.changed_at, c.next_check_at from carts c join cart_keys k on k.id = c.cart
where c.shop_id = :shop_id and c.state = 'open' and 'cart:' || k.key in (select value from json_each(:nodes))
order by c.changed_at

-- name: block
select is_ours, since from account_blocks where account = :account and email = :email
