-- Refunds that were deleted again: a row stays, and counts while no later list of its order does without it.
-- "Later": by the version of the order, then by when that body arrived; deleting a refund makes no new version.
alter table orders add column refunds_version_at text not null default '';  -- of the newest list of every refund
alter table orders add column refunds_listed_at text not null default '';
alter table order_refunds add column version_at text not null default '';   -- of the newest order that listed it
alter table order_refunds add column listed_at text not null default '';
-- 0: an edit took lines off the order, no money was given back. Once it was, it was.
alter table order_refunds add column has_moved integer not null default 1;

update order_refunds set version_at = occurred_at;
