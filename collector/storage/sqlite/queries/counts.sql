-- name: add
insert into counts (hour, shop_id, door, reason, n)
values (?, ?, ?, ?, ?)
on conflict (hour, shop_id, door, reason) do update set n = n + excluded.n

-- name: since
select shop_id, door, reason, sum(n) from counts
where hour >= :hour and (:shop_id is null or shop_id = :shop_id)
group by shop_id, door, reason
order by shop_id, door, reason

-- name: purge
delete from counts where hour < :hour

-- name: newest
-- The last hour in which something of a shop was taken at a door: from the end until one is found.
select hour from counts where shop_id = :shop_id and door = :door and reason = 'accepted' order by hour desc limit 1
