-- What the command line shows. Read only; nothing the program decides rests on these.

-- name: sessions
-- The newest first, with the addresses known today for whoever was behind the browser.
select s.id, h.platform, h.address as shop, v.visitor_id, s.started_at, s.last_event_at, s.landing_page,
  s.referrer, s.utm, s.device, s.events, s.page_views, s.product_views, s.collection_views, s.searches,
  s.cart_changes,
  (
    select group_concat(mail.value, ' ')
    from person_nodes me
    join person_nodes mail on mail.person = me.person and mail.kind = 'email'
    where me.shop_id = s.shop_id and me.kind = 'visitor' and me.value = v.visitor_id
  ) as emails
from sessions s
join visitors v on v.id = s.visitor
join shops h on h.id = s.shop_id
where (:shop_id is null or s.shop_id = :shop_id) and s.last_event_at >= :since
  and (:session_id is null or s.id = :session_id)
order by s.last_event_at desc, s.id desc
limit :limit

-- name: session_events
-- What the visitor did from its first to its last event.
select e.id, h.platform, h.address as shop, e.event_id, e.type, e.occurred_at, e.received_at, v.visitor_id, e.detail
from sessions s
join events e on e.visitor = s.visitor and e.occurred_at between s.started_at and s.last_event_at
join visitors v on v.id = e.visitor
join shops h on h.id = e.shop_id
where s.id = :session_id
order by e.occurred_at, e.event_id

-- name: events_after
-- In the order they were folded, so that following never misses one.
select e.id, h.platform, h.address as shop, e.event_id, e.type, e.occurred_at, e.received_at,
  coalesce(v.visitor_id, '') as visitor_id, e.detail
from events e
join shops h on h.id = e.shop_id
left join visitors v on v.id = e.visitor
where e.id > :after and (:shop_id is null or e.shop_id = :shop_id)
order by e.id
limit :limit

-- name: newest_events
select e.id, h.platform, h.address as shop, e.event_id, e.type, e.occurred_at, e.received_at,
  coalesce(v.visitor_id, '') as visitor_id, e.detail
from events e
join shops h on h.id = e.shop_id
left join visitors v on v.id = e.visitor
where :shop_id is null or e.shop_id = :shop_id
order by e.id desc
limit :limit

-- name: counts_of_shop
-- How much is known of a shop, for `connectors list`.
select
  (select count(*) from events where shop_id = :shop_id) as events,
  (select max(last_event_at) from sessions where shop_id = :shop_id) as last_event_at,
  (select count(*) from quarantine where shop_id = :shop_id and replayed_at is null) as quarantined

-- name: live_workers
select count(*) from leases where name >= 'worker:' and name < 'worker;' and expires_at > :now

-- name: newest_theme
-- When a shop was given another theme last.
select max(occurred_at) from events indexed by events_of_themes where shop_id = :shop_id and type = 'theme_published'
