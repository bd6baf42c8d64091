-- What the page of data sources says about the tables.

COMMENT ON TABLE grocery.customers IS 'Everybody with a loyalty card, one row each';
COMMENT ON TABLE grocery.propensities IS 'How likely a customer is to buy from a category, 0 to 1, scored every night';
COMMENT ON TABLE grocery.purchases IS 'Lines of receipts of the last year';
COMMENT ON TABLE grocery.web_events IS 'What customers do on the site and in the app';
COMMENT ON TABLE grocery.consents IS 'What a customer agreed to; no row: never asked';
COMMENT ON TABLE grocery.products IS 'What is sold';
COMMENT ON COLUMN grocery.customers.customer_id IS 'Number on the loyalty card';
COMMENT ON COLUMN grocery.customers.loyalty_tier IS 'Bronze, silver, gold or platinum';
COMMENT ON COLUMN grocery.customers.home_store IS 'Store of most visits';
COMMENT ON COLUMN grocery.customers.member_since IS 'Day the card was handed out';
COMMENT ON COLUMN grocery.customers.is_active IS 'Bought anything in the last twelve months';
COMMENT ON COLUMN grocery.purchases.amount IS 'Price paid for the line, in euros';
COMMENT ON COLUMN grocery.purchases.purchased_at IS 'Instant at the till, UTC';
COMMENT ON COLUMN grocery.web_events.event IS 'product_viewed, recipe_viewed, added_to_cart or searched';
COMMENT ON COLUMN grocery.consents.purpose IS 'email, paid_media or sms';
