-- What stays of somebody who was erased: hashes to recognise them by, and a record that it was done.

create table erasure_key (
  only integer primary key check (only = 1),
  key text not null                        -- of the hashes; made with the first, never changed, or nobody would be recognised
) strict;

create table erased (
  shop_id integer not null references shops(id),
  mark text not null,                      -- keyed hash of an address, customer, browser or cart
  erased_at text not null,                 -- what is from before brings nothing back
  opted_out_at text,                       -- addresses: the newest no; null: none
  afresh_at text,                          -- when they came back by themselves: an order, an opt-in
  primary key (shop_id, mark)
) strict, without rowid;

create index erased_marks on erased (mark);

create table erasures (
  id integer primary key autoincrement,
  shop_id integer not null references shops(id),
  mark text not null,
  at text not null,
  by_whom text not null,                   -- command | webhook
  counts text not null                     -- JSON: what was found, by kind
) strict;

create index checkouts_of_email on checkouts (shop_id, email) where email <> '';

create index account_contacts_told_by on account_contacts (shop_id, email);

create index checkouts_of_cart on checkouts (cart) where cart is not null;
