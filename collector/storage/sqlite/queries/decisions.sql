-- name: append
insert into decisions (shop_id, person, cart, generation, kind, step, decided_at, outcome, reason, truth, detail)
values (:shop_id, :person, :cart, :generation, :kind, :step, :decided_at, :outcome, :reason, :truth, :detail)
returning id

-- name: of_person
select id, shop_id, person, cart, generation, kind, step, decided_at, outcome, reason, truth, detail
from decisions
where shop_id = :shop_id and person = :person
order by decided_at desc, id desc
limit :limit

-- name: of_cart
select id, shop_id, person, cart, generation, kind, step, decided_at, outcome, reason, truth, detail
from decisions
where shop_id = :shop_id and cart = :cart
order by decided_at desc, id desc
limit :limit

-- name: of_shop
select id, shop_id, person, cart, generation, kind, step, decided_at, outcome, reason, truth, detail
from decisions
where shop_id = :shop_id
order by decided_at desc, id desc
limit :limit
