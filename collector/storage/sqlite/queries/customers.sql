-- name: customer
select customer_id, version_at, content_hash, created_at, deleted_at, email, phone, first_name, last_name, company,
  city, region, postcode, country, locale, role, is_staff, first_version_at, first_content_hash, billing_email,
  currency, orders_count, total_spent_minor, counted_at, last_order_at, last_order_known_at, extras, extras_at,
  extras_stated_at, stated_at,
  tagged_at, tags
from customers where shop_id = :shop_id and customer_id = :customer_id

-- name: number_of_email
-- Whose record has this address; the newest of several.
select customer_id from customers
where shop_id = :shop_id and email = :email and deleted_at is null order by version_at desc, customer_id limit 1

-- name: may_text
-- What was said last of being sent text messages at this number. The box of a checkout says nothing against an opt-out:
-- Shopify, the only one that has such a box, records a new yes itself.
select state from consent_ledger said
where shop_id = :shop_id and subject_kind = 'phone' and subject = :phone and channel = 'sms'
  and (source <> 'checkout' or not exists (
    select 1 from consent_ledger no
    where no.shop_id = said.shop_id and no.subject_kind = 'phone' and no.subject = said.subject and no.channel = 'sms'
      and no.state = 'opted_out'))
order by occurred_at desc, state = 'opted_out' desc limit 1

-- name: keep_customer
insert into customers (shop_id, customer_id, version_at, content_hash, created_at, deleted_at, email, phone,
  first_name, last_name, company, city, region, postcode, country, locale, role, is_staff, first_version_at,
  first_content_hash, billing_email, currency, orders_count, total_spent_minor, counted_at, last_order_at,
  last_order_known_at, extras, extras_at, extras_stated_at, stated_at)
values (:shop_id, :customer_id, :version_at, :content_hash, :created_at, :deleted_at, :email, :phone,
  :first_name, :last_name, :company, :city, :region, :postcode, :country, :locale, :role, :is_staff,
  :first_version_at, :first_content_hash, :billing_email, :currency, :orders_count, :total_spent_minor, :counted_at,
  :last_order_at, :last_order_known_at, :extras, :extras_at, :extras_stated_at, :stated_at)
on conflict (shop_id, customer_id) do update set version_at = excluded.version_at,
  content_hash = excluded.content_hash, created_at = excluded.created_at, deleted_at = excluded.deleted_at,
  email = excluded.email, phone = excluded.phone, first_name = excluded.first_name,
  last_name = excluded.last_name, company = excluded.company, city = excluded.city, region = excluded.region,
  postcode = excluded.postcode, country = excluded.country, locale = excluded.locale, role = excluded.role,
  is_staff = excluded.is_staff, first_version_at = excluded.first_version_at,
  first_content_hash = excluded.first_content_hash, billing_email = excluded.billing_email,
  currency = excluded.currency, orders_count = excluded.orders_count,
  total_spent_minor = excluded.total_spent_minor, counted_at = excluded.counted_at,
  last_order_at = excluded.last_order_at, last_order_known_at = excluded.last_order_known_at, extras = excluded.extras,
  extras_at = excluded.extras_at, extras_stated_at = excluded.extras_stated_at, stated_at = excluded.stated_at

-- name: delete_customer
update customers set deleted_at = :at
where shop_id = :shop_id and customer_id = :customer_id and (deleted_at is null or deleted_at < :at)
returning id

-- name: keep_tag_list
-- The newest whole list; of two with the same time the one made later, at last the one that sorts last.
update customers set tagged_at = :at, tags_stated_at = :stated_at, tags = :tags
where shop_id = :shop_id and customer_id = :customer_id
  and (:at, :stated_at, :tags) > (tagged_at, tags_stated_at, tags)

-- name: change_tag
-- The newest change of a tag; of two with the same time the removal.
insert into customer_tags (shop_id, customer_id, tag, is_present, changed_at)
values (:shop_id, :customer_id, :tag, :is_present, :at)
on conflict do update set is_present = excluded.is_present, changed_at = excluded.changed_at
where excluded.changed_at > changed_at or (excluded.changed_at = changed_at and excluded.is_present < is_present)

-- name: tag_changes
select tag, changed_at, is_present from customer_tags where shop_id = :shop_id and customer_id = :customer_id

-- name: record_consent
insert or ignore into consent_ledger (shop_id, subject_kind, subject, channel, state, act, source, occurred_at,
  recorded_at, detail)
values (:shop_id, :subject_kind, :subject, :channel, :state, :act, :source, :occurred_at, :recorded_at, :detail)

-- name: uninstall
-- A late notice from before the newest install is about the former one.
update shops set uninstalled_at = :at where id = :shop_id and (installed_at is null or installed_at < :at)
  and (uninstalled_at is null or uninstalled_at < :at)

-- name: describe_shop
-- The newest word of the shop about itself; what it does not say stays.
update shops set described_at = :at, name = case when :name = '' then name else :name end,
  currency = case when :currency = '' then currency else :currency end,
  zone = case when :zone = '' then zone else :zone end,
  storefront = case when :storefront = '' then storefront else :storefront end
where id = :shop_id and described_at < :at
