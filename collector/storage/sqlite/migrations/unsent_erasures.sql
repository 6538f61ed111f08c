-- Erasures are looked at for what was not deleted, without walking the outbox.
create index outbox_erasures on outbox (created_at) where kind = 'erasure';

-- A deletion that was given up or not sent kept the address.
update outbox set payload = '{"email": ""}', ordering = '', answered = null, is_dropped = 1
where kind = 'erasure' and state in ('dead', 'skipped');
