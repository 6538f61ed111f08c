-- Where shoppers find a shop, if it has a domain of its own beside the name it has at its platform.

alter table shops add column storefront text not null default ''; -- home address, as the platform states it; '': not stated
