-- The history lane's second half: which contacts and orders are still to be told by the bulk calls, and the
-- calls that told them. And budgets of an hour, counted minute by minute.

-- One row for each address and order that an import named. What is told is composed when it is told.
create table history_marks (
  shop_id integer not null references shops(id),
  kind text not null,                      -- contact | order
  subject text not null,                   -- e-mail address | order id
  email text not null,                     -- whose it is
  is_due integer not null,                 -- to be told
  marked_at text not null,
  batch integer references history_batches(id), -- on its way with it; a change meanwhile makes it due once more
  told_hash text not null default '',      -- of what was told last: the same again costs nothing
  grouping text not null default '',       -- contacts: by consent and lists, or `alone`; '': not looked at since marked
  there text not null default '',          -- contacts, at Brevo: none | open | blocked; '': not asked
  asked_at text not null default '',
  primary key (shop_id, kind, subject)
) strict, without rowid;
-- What is due, with all that is counted of it. The statements name it: without statistics the planner takes the primary
-- key, and that walks past everything ever marked.
create index history_marks_due on history_marks (shop_id, kind, grouping, there, subject, marked_at, is_due, batch)
where is_due = 1 and batch is null;
create index history_marks_of_batch on history_marks (batch) where batch is not null;

-- The phone numbers of contacts that are or were to be told, and of whoever has them at Brevo.
create table history_numbers (
  account text not null,
  number text not null,                    -- digits
  email text not null,
  shop_id integer not null references shops(id), -- who came to know of it
  primary key (account, number, email)
) strict, without rowid;
create index history_numbers_of on history_numbers (account, email);

create table history_batches (
  id integer primary key autoincrement,
  account text not null,
  shop_id integer not null references shops(id),
  kind text not null,                      -- contacts | orders
  grouping text not null,
  subjects integer not null,
  bytes integer not null,
  state text not null,                     -- leaving | sent | done | failed | lost
  reference text not null default '',      -- the process or batch at Brevo
  made_at text not null,
  next_look_at text not null,
  looks integer not null default 0,
  ended_at text,
  said text not null default ''
) strict;
create index history_batches_open on history_batches (account, kind, id) where ended_at is null;
create index history_batches_in_order on history_batches (account, id);

-- Who is a contact at Brevo, read page by page. A reading that is not over goes on where it was.
create table history_readings (
  account text primary key,
  started_at text not null,
  ended_at text,
  place integer not null,                  -- contacts read
  total integer not null                   -- contacts there are
) strict, without rowid;

create table budget_slots (
  account text not null,
  family text not null,
  window_s integer not null,
  slot integer not null,                   -- its beginning: seconds since the epoch
  used integer not null,
  primary key (account, family, window_s, slot)
) strict, without rowid;
