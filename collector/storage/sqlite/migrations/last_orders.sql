-- When the platform itself says a customer ordered last: of orders, too, that are older than what we may read.
alter table customers add column last_order_at text not null default '';        -- '': not stated
alter table customers add column last_order_known_at text not null default '';  -- version it comes from
create index customers_ordered on customers (shop_id, email, last_order_at)
  where last_order_at <> '' and deleted_at is null;
