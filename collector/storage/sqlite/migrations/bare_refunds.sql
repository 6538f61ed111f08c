-- 1: money went back for no line of the order. Of what was kept before, nobody knows.
alter table order_refunds add column is_bare integer not null default 0;
