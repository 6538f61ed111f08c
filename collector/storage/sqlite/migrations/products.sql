-- Products with more variants than one body describes, and those that went without a word.

-- JSON: what older bodies say of variants the newest does not describe (catalogue.VariantsSeen)
alter table products add column earlier text not null default '';

-- What the newest body left out was lost until now: it is read again, and what is told is looked at.
insert or ignore into rereads (shop_id, kind, id, due_at)
select shop_id, 'products', product_id, seen_at from products
where json_array_length(content, '$.variant_ids') > json_array_length(content, '$.variants')
  and json_array_length(content, '$.variants') > 0 and seen_at > coalesce(deleted_at, '');

update products set due_at = coalesce(due_at, seen_at), revision = revision + 1
where json_array_length(content, '$.variant_ids') > json_array_length(content, '$.variants')
  and json_array_length(content, '$.variants') > 0;

-- When the platform was last asked whether it is still there; '' never
alter table products add column asked_at text not null default '';

-- The longest ago comes first.
create index products_unconfirmed on products (shop_id, max(seen_at, asked_at))
where parent_id = '' and seen_at > coalesce(deleted_at, '');
