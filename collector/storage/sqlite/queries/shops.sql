-- name: all
select id, platform, address, url, name, site_key, hook_key_hash, secrets, sending, is_enabled, origin,
  installed_at, activated_at, uninstalled_at, removed_at, currency, settings, zone, storefront
from shops
order by id

-- name: insert
insert into shops (platform, address, url, name, site_key, hook_key_hash, secrets, sending, is_enabled, origin,
  installed_at, activated_at, currency, settings, zone, storefront)
values (:platform, :address, :url, :name, :site_key, :hook_key_hash, :secrets, :sending, 1, :origin,
  :now, :activated_at, :currency, :settings, :zone, :storefront)
returning id

-- name: replace
-- Installed or named again: the row, its id and so its history stay. `null` leaves a column as it is.
update shops set
  url = :url,
  name = coalesce(:name, name),
  site_key = coalesce(:site_key, site_key),
  hook_key_hash = coalesce(:hook_key_hash, hook_key_hash),
  secrets = :secrets,
  sending = coalesce(:sending, sending),
  is_enabled = coalesce(:is_enabled, is_enabled),
  installed_at = coalesce(:installed_at, installed_at),
  activated_at = coalesce(:activated_at, activated_at),
  uninstalled_at = case when :installed_at is null then uninstalled_at end,
  removed_at = null,
  currency = coalesce(:currency, currency),
  settings = coalesce(:settings, settings),
  zone = coalesce(:zone, zone),
  storefront = coalesce(:storefront, storefront)
where id = :id

-- name: send
-- Going live (again) sets the watermark: what happened meanwhile sends nothing.
update shops set
  activated_at = case when :sending = 'live' and sending <> 'live' then :now else activated_at end,
  sending = :sending
where id = :id

-- name: enable
update shops set is_enabled = :is_enabled where id = :id

-- name: remove
update shops set removed_at = :now where id = :id and removed_at is null

-- name: uninstall
-- A late notice about an earlier installation is ignored.
update shops set uninstalled_at = :at where id = :id and installed_at <= :at

-- name: set_secrets
update shops set secrets = :secrets, hook_key_hash = :hook_key_hash where id = :id

-- name: note
update shops set name = coalesce(:name, name), currency = coalesce(:currency, currency),
  settings = coalesce(:settings, settings)
where id = :id
