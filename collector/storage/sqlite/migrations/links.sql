create index connect_links_end on connect_links (expires_at);
