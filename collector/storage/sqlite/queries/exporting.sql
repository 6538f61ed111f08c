-- What is held about one person in one shop, for the person to read. Given as for erasing.

-- name: customers
select customer_id, created_at, version_at, deleted_at, email, billing_email, phone, first_name, last_name, company,
  city, region, postcode, country, locale, role, currency, orders_count, total_spent_minor, last_order_at, extras,
  tags
from customers where shop_id = :shop_id and customer_id in (select value from json_each(:customers))
union
select customer_id, created_at, version_at, deleted_at, email, billing_email, phone, first_name, last_name, company,
  city, region, postcode, country, locale, role, currency, orders_count, total_spent_minor, last_order_at, extras,
  tags
from customers where shop_id = :shop_id and email in (select value from json_each(:emails))

-- name: consents
select occurred_at, recorded_at, subject, channel, state, act, source, detail from consent_ledger
where shop_id = :shop_id and subject_kind = 'email' and subject in (select value from json_each(:emails))
union
select occurred_at, recorded_at, subject, channel, state, act, source, detail from consent_ledger
where shop_id = :shop_id and subject_kind = 'phone' and subject in (select value from json_each(:phones))

-- name: links
select a_kind, a_value, b_kind, b_value, strength, source, first_at, last_at from identity_links
where shop_id = :shop_id and a_kind = 'email' and a_value in (select value from json_each(:emails))
union
select a_kind, a_value, b_kind, b_value, strength, source, first_at, last_at
from identity_links indexed by identity_links_reverse
where shop_id = :shop_id and b_kind = 'email' and b_value in (select value from json_each(:emails))

-- name: carts
select k.key, c.generation, c.state, c.stage, c.opened_at, c.changed_at, c.closed_at, c.order_id, c.items,
  c.currency, c.total_minor
from carts c join cart_keys k on k.id = c.cart where c.cart in (select value from json_each(:baskets))
order by c.opened_at

-- name: checkouts
select token, version_at, email, phone, customer_id, items, completed_at, accepts_marketing
from checkouts indexed by checkouts_of_email
where shop_id = :shop_id and email <> '' and email in (select value from json_each(:emails))

-- name: orders
select order_id, number, state, kind, created_at, paid_at, cancelled_at, fulfilled_at, currency, total_minor, email,
  phone, customer_id, country, locale, items, detail
from orders where shop_id = :shop_id and order_id in (select value from json_each(:orders)) order by created_at

-- name: visits
select v.visitor_id, v.consent, v.consent_at, s.started_at, s.last_event_at, s.landing_page, s.referrer, s.utm,
  s.device, s.events
from visitors v left join sessions s on s.visitor = v.id
where v.id in (select value from json_each(:visits)) order by s.started_at

-- name: events
select occurred_at, type, event_id, detail from events where visitor in (select value from json_each(:visits))
union
select occurred_at, type, event_id, detail from events where cart in (select value from json_each(:baskets))

-- name: reminders
select decided_at, kind, stage, step, email, recovered_at from reminders
where shop_id = :shop_id and email in (select value from json_each(:emails)) order by decided_at
