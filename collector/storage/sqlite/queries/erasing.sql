-- One person, everywhere in one shop. `:emails`, `:phones`, `:customers`, `:visitors`, `:carts` are JSON lists;
-- `:visits` and `:baskets` row numbers of browsers and carts, `:orders` ids of orders.

-- name: key
select key from erasure_key where only = 1

-- name: make_key
insert into erasure_key (only, key) values (1, :key) on conflict do nothing

-- name: is_used
select 1 from erased where shop_id = :shop_id limit 1

-- name: tombstone
select erased_at, opted_out_at, afresh_at from erased where shop_id = :shop_id and mark = :mark

-- name: bury
insert into erased (shop_id, mark, erased_at, opted_out_at) values (:shop_id, :mark, :at, :opted_out_at)
on conflict do update set erased_at = max(erased_at, excluded.erased_at), afresh_at = null,
  opted_out_at = coalesce(max(opted_out_at, excluded.opted_out_at), opted_out_at, excluded.opted_out_at)

-- name: keep_opt_out
update erased set opted_out_at = :at where shop_id = :shop_id and mark = :mark and coalesce(opted_out_at, '') < :at

-- name: begin_afresh
update erased set afresh_at = :at
where shop_id = :shop_id and mark in (select value from json_each(:marks)) and afresh_at is null

-- name: newest_opt_out
select max(at) from (
  select max(occurred_at) as at from consent_ledger
  where shop_id = :shop_id and subject_kind = 'email' and subject = :email and channel = 'email'
    and state = 'opted_out'
  union all
  select since from account_blocks where account = :account and email = :email and is_ours = 0
)

-- name: is_asleep
-- Erased somewhere, and not back since.
select 1 from erased where mark = :mark and afresh_at is null limit 1

-- name: no_elsewhere
select max(opted_out_at) from erased where mark = :mark

-- name: visits
select id from visitors where shop_id = :shop_id and visitor_id in (select value from json_each(:visitors))

-- name: denials
select visitor_id, consent_at from visitors
where shop_id = :shop_id and visitor_id in (select value from json_each(:visitors)) and consent = 'denied'

-- name: baskets
select id from cart_keys where shop_id = :shop_id and key in (select value from json_each(:carts))

-- name: order_ids
select order_id from orders where shop_id = :shop_id and email in (select value from json_each(:emails))
union
select order_id from order_nodes
where shop_id = :shop_id and kind = 'email' and value in (select value from json_each(:emails))
union
select order_id from order_nodes
where shop_id = :shop_id and kind = 'customer' and value in (select value from json_each(:customers))

-- name: keep_denials
insert into tombstones (shop_id, kind, id, occurred_at) values (:shop_id, 'visitor', :id, :at) on conflict do nothing

-- name: drop_events_of_visits
delete from events where visitor in (select value from json_each(:visits))

-- name: drop_events_of_carts
delete from events where cart in (select value from json_each(:baskets))

-- name: drop_events_of_customer
-- Ids of events about customers begin with what they are about.
delete from events where shop_id = :shop_id and event_id >= :about and event_id < :about || ';'
  and (event_id = :about or substr(event_id, length(:about) + 1, 1) = ':')

-- name: drop_sessions
delete from sessions where visitor in (select value from json_each(:visits))

-- name: drop_visitors
delete from visitors where id in (select value from json_each(:visits))

-- name: drop_reminders
delete from reminders where shop_id = :shop_id and email in (select value from json_each(:emails))

-- name: drop_reminders_of_carts
delete from reminders where cart in (select value from json_each(:baskets))

-- name: drop_cart_told
delete from cart_told where cart in (select value from json_each(:baskets))

-- name: drop_checkouts
delete from checkouts where shop_id = :shop_id and email <> '' and email in (select value from json_each(:emails))

-- name: drop_checkouts_of_carts
delete from checkouts where cart in (select value from json_each(:baskets))

-- name: drop_carts
delete from carts where cart in (select value from json_each(:baskets))

-- name: blank_cart_keys
-- The number stays taken: keys of what was told hold it.
update cart_keys set key = 'erased:' || id, carry = '' where id in (select value from json_each(:baskets))

-- name: drop_decisions_of_carts
delete from decisions where cart in (select value from json_each(:baskets))

-- name: drop_decisions_of_person
delete from decisions where person in (select value from json_each(:people))

-- name: people
-- Everybody of one person's nodes is that person, so one kind is enough: an address is always among them.
select distinct person from person_nodes
where shop_id = :shop_id and kind = 'email' and value in (select value from json_each(:emails))

-- name: drop_customers
delete from customers
where shop_id = :shop_id and customer_id in (select value from json_each(:customers))

-- name: drop_customers_of_email
delete from customers where shop_id = :shop_id and email in (select value from json_each(:emails))

-- name: drop_tags
delete from customer_tags where shop_id = :shop_id and customer_id in (select value from json_each(:customers))

-- name: blank_orders
-- Number, amounts, products and dates stay: they are the shop's books, and sums stay right.
update orders set email = '', phone = '', customer_id = '', visitor_id = '', cart_token = '', checkout_token = '',
  detail = json_object('is_fulfilled', json_extract(detail, '$.is_fulfilled'))
where shop_id = :shop_id and order_id in (select value from json_each(:orders))

-- name: drop_order_nodes
delete from order_nodes where shop_id = :shop_id and order_id in (select value from json_each(:orders))

-- name: drop_consent
delete from consent_ledger
where shop_id = :shop_id and subject_kind = 'email' and subject in (select value from json_each(:emails))

-- name: drop_consent_of_numbers
delete from consent_ledger
where shop_id = :shop_id and subject_kind = 'phone' and subject in (select value from json_each(:phones))

-- name: drop_links
delete from identity_links where shop_id = :shop_id and a_kind = :kind and a_value = :value

-- name: drop_links_back
delete from identity_links where shop_id = :shop_id and b_kind = :kind and b_value = :value

-- name: drop_node
delete from person_nodes where shop_id = :shop_id and kind = :kind and value = :value

-- name: drop_people
delete from people where id in (select value from json_each(:people))
  and not exists (select 1 from person_nodes where person = people.id)

-- name: drop_marks
delete from history_marks where shop_id = :shop_id and kind = 'contact'
  and subject in (select value from json_each(:emails))

-- name: drop_marks_of_orders
delete from history_marks where shop_id = :shop_id and kind = 'order'
  and subject in (select value from json_each(:orders))

-- name: drop_account_contacts
delete from account_contacts where shop_id = :shop_id and email in (select value from json_each(:emails))

-- name: known_to_account
select 1 from account_contacts where account = :account and email = :email limit 1

-- name: known_to_shop
select 1 from person_nodes where shop_id = :shop_id and kind = 'email' and value = :email

-- name: drop_blocks
delete from account_blocks where account = :account and email = :email

-- name: drop_asked
delete from double_opt_ins where account = :account and email = :email

-- name: drop_numbers
delete from history_numbers where account = :account and email = :email

-- name: record
insert into erasures (shop_id, mark, at, by_whom, counts) values (:shop_id, :mark, :at, :by_whom, :counts)

-- name: records
select shop_id, mark, at, by_whom, counts from erasures order by id desc limit :limit

-- name: read_events
-- Portions by number; `+` keeps SQLite from sorting a whole shop instead.
select id, 0, 0, detail from events where id > :after and id <= :until and +shop_id = :shop_id

-- name: read_decisions
select id, 0, 0, detail from decisions where id > :after and id <= :until and +shop_id = :shop_id

-- name: read_outbox
select id, state = 'waiting' and claimed_at is not null, 0, message_key || ' ' || ordering || ' ' || payload
  || ' ' || coalesce(answered, '')
from outbox where id > :after and id <= :until and +shop_id = :shop_id and kind <> 'erasure'

-- name: read_outbox_calls
select id, 0, sent, path || ' ' || answered || ' ' || error from outbox_calls
where id > :after and id <= :until and +shop_id = :shop_id

-- name: read_bulk_calls
select id, 0, sent, path || ' ' || answered || ' ' || error from bulk_calls
where id > :after and id <= :until

-- name: read_quarantine
select id, 0, body, facts || ' ' || detail from quarantine where id > :after and id <= :until and +shop_id = :shop_id

-- name: clear_events
delete from events where id in (select value from json_each(:rows))

-- name: clear_decisions
delete from decisions where id in (select value from json_each(:rows))

-- name: clear_outbox_calls
delete from outbox_calls where id in (select value from json_each(:rows))

-- name: clear_bulk_calls
-- What was told of the others in the same call goes, too: a list of everybody is no reason to keep one of them.
delete from bulk_calls where id in (select value from json_each(:rows))

-- name: clear_quarantine
delete from quarantine where id in (select value from json_each(:rows))

-- name: outbox_keys
select id, message_key from outbox where id in (select value from json_each(:rows))

-- name: clear_outbox
-- What waits is told no more.
update or ignore outbox set message_key = :key, ordering = '', payload = '{"email": ""}', answered = null, person = null,
  is_dropped = 1, reason = case state when 'waiting' then 'erased' else reason end,
  done_at = case state when 'waiting' then :at else done_at end,
  state = case state when 'waiting' then 'skipped' else state end
where id = :id

-- name: drop_calls_of
delete from outbox_calls where message in (select value from json_each(:rows))

-- name: newest_events
select coalesce(max(id), 0) from events

-- name: newest_decisions
select coalesce(max(id), 0) from decisions

-- name: newest_outbox
select coalesce(max(id), 0) from outbox

-- name: newest_outbox_calls
select coalesce(max(id), 0) from outbox_calls

-- name: newest_bulk_calls
select coalesce(max(id), 0) from bulk_calls

-- name: newest_quarantine
select coalesce(max(id), 0) from quarantine
