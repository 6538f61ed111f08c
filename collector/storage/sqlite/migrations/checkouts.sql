-- When the body was made that the content is from: versions are whole seconds, and several may lie in one. Of what was
-- kept before, nobody knows: any body of the same version is newer.
alter table checkouts add column stated_at text not null default '1970-01-01T00:00:00.000Z';
