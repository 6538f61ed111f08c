-- What is to go live by itself was not looked at again. Of a coupon it is not known what else would hide it.
insert or ignore into rereads (shop_id, kind, id, due_at)
select products.shop_id, 'products', products.product_id, products.seen_at
from products join shops on shops.id = products.shop_id
where shops.platform = 'woocommerce' and products.deleted_at is null
  and json_extract(products.content, '$.status') = 'future';
insert or ignore into rereads (shop_id, kind, id, due_at)
select coupons.shop_id, 'coupons', coupons.coupon_id, coupons.seen_at
from coupons join shops on shops.id = coupons.shop_id
where shops.platform = 'woocommerce' and coupons.deleted_at is null
  and not json_extract(coupons.content, '$.is_visible');
