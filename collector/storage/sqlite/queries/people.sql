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

-- name: unconsented
-- Typed or claimed, last before then, and no order, no customer record, no signature, no opt-in names it.
select email from (
  select a_value as email, max(last_at) as last_at from identity_links
  where shop_id = :shop_id and a_kind = 'email' group by a_value
  union all
  select b_value, max(last_at) from identity_links indexed by identity_links_reverse
  where shop_id = :shop_id and b_kind = 'email' group by b_value
) said
where not exists (
    select 1 from identity_links l where l.shop_id = :shop_id and l.a_kind = 'email' and l.a_value = said.email
      and l.strength in ('signed', 'ordered'))
  and not exists (
    select 1 from identity_links l indexed by identity_links_reverse
    where l.shop_id = :shop_id and l.b_kind = 'email' and l.b_value = said.email and l.strength in ('signed', 'ordered'))
  and not exists (
    select 1 from consent_ledger c where c.shop_id = :shop_id and c.subject_kind = 'email' and c.subject = said.email
      and c.channel = 'email' and c.state = 'opted_in')
group by email having max(last_at) < :before
order by email limit :limit

-- name: forget_links_from
delete from identity_links where shop_id = :shop_id and a_kind = 'email' and a_value = :email

-- name: forget_links_to
delete from identity_links where shop_id = :shop_id and b_kind = 'email' and b_value = :email

-- name: forget_node
delete from person_nodes where shop_id = :shop_id and kind = 'email' and value = :email

-- name: forget_in_events
update events set detail = json_remove(detail, '$.email')
where visitor = (select id from visitors where shop_id = :shop_id and visitor_id = :visitor_id)
  and type = 'contact_submitted' and json_extract(detail, '$.email') = :email

-- name: forget_in_checkouts
update checkouts set email = '' where shop_id = :shop_id and email = :email
