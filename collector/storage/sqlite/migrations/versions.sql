-- When the body was made that the content is from: versions are whole seconds, and several may lie in one. Of what was
-- kept before, nobody knows: any body of the same version is newer.
alter table orders add column stated_at text not null default '1970-01-01T00:00:00.000Z';
alter table customers add column stated_at text not null default '1970-01-01T00:00:00.000Z';
alter table customers add column tags_stated_at text not null default '1970-01-01T00:00:00.000Z';
alter table customers add column extras_stated_at text not null default '1970-01-01T00:00:00.000Z';

-- What an order is for its buyer, by the newest and by the oldest version, and what was told last as a change of it. Of
-- what was kept before only the version is known: whatever there was to tell of that was told.
alter table orders add column substance text not null default '';
alter table orders add column first_substance text not null default '';
alter table orders add column told_version_at text not null default '';
alter table orders add column told_state text not null default '';
alter table orders add column told_substance text not null default '';
update orders set told_version_at = version_at, told_state = state;
