-- What an account at the destination was told of an address, shop by shop. Several shops may share an account.
create table account_contacts (
  account text not null,
  email text not null,
  shop_id integer not null references shops(id),
  first_at text not null,                  -- when this shop first told of it; the first of all names the contact
  prefix text not null,                    -- of its attributes: counters are sums over shops with the same one
  ext_id text not null default '',         -- the name this shop gave the contact
  content text not null default '',        -- hash of the attributes told last …
  changes integer not null default 0,      -- … and how often they changed
  lists text not null default '[]',        -- JSON: the lists it was ever put on, by their roles
  primary key (account, email, shop_id)
) strict, without rowid;
create index account_contacts_of_shop on account_contacts (account, prefix, shop_id);
create index account_contacts_named on account_contacts (account, ext_id) where ext_id <> '';

alter table shops add column zone text not null default '';           -- IANA name; '': not known
alter table customers add column extras text not null default '{}';   -- JSON: the metafields a mapping reads
alter table customers add column extras_at text not null default '';  -- version they come from
