-- name: visitor
select id, first_seen_at, last_seen_at, last_event_id, consent, consent_at, suspicion
from visitors where shop_id = :shop_id and visitor_id = :visitor_id

-- name: add_visitor
insert into visitors (shop_id, visitor_id, first_seen_at, last_seen_at) values (:shop_id, :visitor_id, :at, '')

-- name: keep_visitor
update visitors set first_seen_at = :first_seen_at, last_seen_at = :last_seen_at, last_event_id = :last_event_id,
  consent = :consent, consent_at = :consent_at, suspicion = :suspicion
where id = :id

-- name: add_event
-- Once per id. A second report of the same event changes nothing (see move_event).
insert or ignore into events (shop_id, event_id, type, occurred_at, received_at, visitor, cart, detail)
values (:shop_id, :event_id, :type, :occurred_at, :received_at, :visitor, :cart, :detail)

-- name: move_event
-- The earliest estimate of an event's time is the nearest to the truth: delays only ever add.
-- Returns the former time when this one is earlier, else nothing.
update events set occurred_at = :occurred_at
where shop_id = :shop_id and event_id = :event_id and occurred_at > :occurred_at
returning id

-- name: newest_session
select id, started_at, last_event_at, landing_page, referrer, utm, device, events, page_views, product_views,
  collection_views, searches, cart_changes
from sessions where visitor = :visitor order by started_at desc limit 1

-- name: add_session
insert into sessions (shop_id, visitor, started_at, last_event_at, landing_page, referrer, utm, device, events,
  page_views, product_views, collection_views, searches, cart_changes)
values (:shop_id, :visitor, :started_at, :last_event_at, :landing_page, :referrer, :utm, :device, :events,
  :page_views, :product_views, :collection_views, :searches, :cart_changes)

-- name: keep_session
update sessions set last_event_at = :last_event_at, landing_page = :landing_page, referrer = :referrer, utm = :utm,
  device = :device, events = :events, page_views = :page_views, product_views = :product_views,
  collection_views = :collection_views, searches = :searches, cart_changes = :cart_changes
where id = :id

-- name: moments_before
-- Walked from a late event back to the first pause, so only one cluster of visits is read.
select occurred_at, event_id, type, detail from events
where visitor = :visitor and occurred_at <= :at order by occurred_at desc, event_id desc

-- name: moments_after
select occurred_at, event_id, type, detail from events
where visitor = :visitor and occurred_at > :at order by occurred_at, event_id

-- name: drop_sessions
delete from sessions where visitor = :visitor and started_at >= :since and started_at <= :until

-- name: add_tombstone
insert into tombstones (shop_id, kind, id, occurred_at) values (:shop_id, :kind, :id, :at)
on conflict do update set occurred_at = excluded.occurred_at where excluded.occurred_at > occurred_at

-- name: tombstone
select occurred_at from tombstones where shop_id = :shop_id and kind = :kind and id = :id
