-- name: keep_link
-- New, or wider in time; nothing comes back when it was all known. The first time of a new or earlier link is
-- the given one: only that can change who is who.
insert into identity_links (shop_id, a_kind, a_value, b_kind, b_value, strength, source, first_at, last_at)
values (:shop_id, :a_kind, :a_value, :b_kind, :b_value, :strength, :source, :first_at, :last_at)
on conflict do update set first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)
where excluded.first_at < first_at or excluded.last_at > last_at
returning first_at

-- name: links_of
-- The second half is told its index: without statistics SQLite walks all links of the shop.
select a_kind, a_value, b_kind, b_value, strength, source, first_at, last_at
from identity_links where shop_id = :shop_id and a_kind = :kind and a_value = :value
union all
select a_kind, a_value, b_kind, b_value, strength, source, first_at, last_at
from identity_links indexed by identity_links_reverse
where shop_id = :shop_id and b_kind = :kind and b_value = :value

-- name: person_of
select person from person_nodes where shop_id = :shop_id and kind = :kind and value = :value

-- name: nodes_of
select kind, value from person_nodes where person = :person

-- name: add_person
insert into people (shop_id, conflict) values (:shop_id, :conflict)

-- name: keep_conflict
update people set conflict = :conflict where id = :id and conflict <> :conflict

-- name: put_node
insert into person_nodes (shop_id, kind, value, person) values (:shop_id, :kind, :value, :person)
on conflict do update set person = excluded.person

-- name: drop_person
delete from people where id = :id and not exists (select 1 from person_nodes where person = :id)
