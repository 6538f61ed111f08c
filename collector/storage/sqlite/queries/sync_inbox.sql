-- name: place
select place from sync_places where shop_id = :shop_id and run = :run and resource = :resource

-- name: keep_place
insert into sync_places (shop_id, run, resource, place) values (:shop_id, :run, :resource, :place)
on conflict (shop_id, run, resource) do update set place = excluded.place

-- name: forget
delete from sync_places where shop_id = :shop_id

-- name: waiting
-- From the index alone, and never further than anybody wants to know.
select count(*) from (
  select 1 from inbox where shop_id = :shop_id and lane = :lane and id > :after limit :most
)
