-- name: read
select ends_at, used, limit_per_window from budgets
where account = :account and family = :family and window_s = :window_s

-- name: keep
insert into budgets (account, family, window_s, window_start, ends_at, used, limit_per_window, corrected_at)
values (:account, :family, :window_s, :now, :ends_at, :used, :limit, :corrected_at)
on conflict (account, family, window_s) do update set
  window_start = case when ends_at = excluded.ends_at then window_start else excluded.window_start end,
  ends_at = excluded.ends_at,
  used = excluded.used,
  limit_per_window = coalesce(excluded.limit_per_window, limit_per_window),
  corrected_at = coalesce(excluded.corrected_at, corrected_at)

-- name: slots
select slot, used from budget_slots
where account = :account and family = :family and window_s = :window_s and slot > :over order by slot

-- name: count
insert into budget_slots (account, family, window_s, slot, used)
values (:account, :family, :window_s, :slot, :n)
on conflict do update set used = used + excluded.used

-- name: forget_slots
delete from budget_slots
where account = :account and family = :family and window_s = :window_s and slot <= :over
