-- The table has its name from the first ones, which connect shops; `platform` is the purpose.

-- name: add
insert into connect_links (mark, platform, address, made_at, expires_at)
values (:mark, :purpose, :address, :now, :expires_at)

-- name: find
select id, platform, address, expires_at, used_at, returned_at, notes from connect_links where mark = :mark

-- name: use
update connect_links set used_at = :now, state_mark = :state, address = :address
where mark = :mark and used_at is null and expires_at > :now

-- name: begun
select id, platform, address, expires_at, used_at, returned_at, notes from connect_links where state_mark = :state

-- name: note
update connect_links set notes = :notes where state_mark = :state and returned_at is null

-- name: come_back
update connect_links set returned_at = :now, notes = :notes where state_mark = :state and returned_at is null
returning id, platform, address, expires_at, used_at, returned_at, notes

-- name: drop
delete from connect_links where expires_at < :before
