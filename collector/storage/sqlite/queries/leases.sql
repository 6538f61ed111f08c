-- name: take
-- One statement: whoever comes second changes nothing and gets no row back. Taking one's own again renews it.
insert into leases (name, holder, expires_at) values (:name, :holder, :expires_at)
on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
where holder = excluded.holder or expires_at <= :now
returning name

-- name: release
delete from leases where name = :name and holder = :holder

-- name: holder
select holder from leases where name = :name and expires_at > :now
