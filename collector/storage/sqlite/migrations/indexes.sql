create index decisions_of_session on decisions (shop_id, json_extract(detail, '$.session'), id)
where cart is null and json_extract(detail, '$.session') is not null;
