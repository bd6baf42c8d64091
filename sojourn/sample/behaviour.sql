-- What customers did in the twelve months before the sample's instant; purchases follow the scores.

CREATE OR REPLACE TABLE grocery.products AS
WITH named AS (
    SELECT
        category_no,
        category,
        unnest(names) AS product_name,
        generate_subscripts(names, 1) AS product_no,
        price
    FROM (VALUES
        (0, 'bread', ['Sourdough loaf', 'Rye loaf', 'Baguette', 'Seeded rolls', 'Pita'], 3.20),
        (1, 'soda', ['Cola 1.5 l', 'Lemonade', 'Ginger ale', 'Tonic water', 'Cola zero'], 1.90),
        (2, 'dairy', ['Whole milk', 'Greek yoghurt', 'Butter', 'Cheddar', 'Crème fraîche'], 2.60),
        (3, 'produce', ['Apples', 'Tomatoes', 'Spinach', 'Bananas', 'Carrots'], 2.10),
        (4, 'meat', ['Chicken breast', 'Beef mince', 'Pork chops', 'Turkey slices', 'Lamb leg'], 7.40),
        (5, 'frozen', ['Frozen peas', 'Pizza', 'Fish fingers', 'Ice cream', 'Oven chips'], 4.10),
        (6, 'snacks', ['Crisps', 'Pretzels', 'Dark chocolate', 'Trail mix', 'Popcorn'], 2.40),
        (7, 'coffee', ['Espresso beans', 'Filter coffee', 'Decaf', 'Instant coffee', 'Coffee pads'], 6.80),
        (8, 'household', ['Washing powder', 'Kitchen roll', 'Dish soap', 'Bin bags', 'Sponges'], 5.30),
        (9, 'baby', ['Nappies', 'Baby food', 'Wipes', 'Formula', 'Baby lotion'], 9.90)
    ) AS line(category_no, category, names, price)
)
SELECT
    (category_no * 100 + product_no)::INTEGER AS product_id,
    product_name,
    category,
    (price * (0.7 + 0.2 * product_no))::DECIMAL(10, 2) AS price
FROM named;

CREATE OR REPLACE TEMP VIEW category_scores AS
SELECT
    customer_id,
    unnest([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) AS category_no,
    unnest(['bread', 'soda', 'dairy', 'produce', 'meat', 'frozen', 'snacks', 'coffee', 'household', 'baby']) AS category,
    unnest([bread, soda, dairy, produce, meat, frozen, snacks, coffee, household, baby]) AS score
FROM grocery.propensities;

-- How often: the score, squared so that it shows, times how active the customer is (log-normal: a few buy daily).
CREATE OR REPLACE TABLE grocery.purchases AS
WITH planned AS (
    SELECT
        customer_id,
        category_no,
        category,
        least(
            floor(2.2 * pow(coalesce(score, 0.2), 2) * exp(0.7 * gauss(customer_id, 'activity')) + unit(customer_id, category)),
            99
        )::BIGINT AS times
    FROM category_scores
),
turned AS (
    SELECT *, unnest(range(times)) AS turn
    FROM planned
    WHERE times > 0
),
numbered AS (
    SELECT *, customer_id * 1000 + category_no * 100 + turn AS purchase_id
    FROM turned
),
bought AS (
    SELECT *, (category_no * 100 + 1 + floor(5 * pow(unit(purchase_id, 'product'), 1.5)))::INTEGER AS product_id
    FROM numbered
)
SELECT
    purchase_id,
    customer_id,
    product_id,
    category,
    (1 + floor(4 * pow(unit(purchase_id, 'quantity'), 3)))::INTEGER AS quantity,
    (quantity * products.price * (0.9 + 0.2 * unit(purchase_id, 'discount')))::DECIMAL(10, 2) AS amount,
    date_trunc('day', getvariable('sample_as_of'))
        - to_days((1 + floor(364 * pow(unit(purchase_id, 'day'), 1.2)))::INTEGER)
        + to_seconds((25200 + floor(50400 * unit(purchase_id, 'second')))::BIGINT) AS purchased_at
FROM bought
JOIN (SELECT product_id, price FROM grocery.products) AS products USING (product_id);

CREATE OR REPLACE TABLE grocery.web_events AS
WITH planned AS (
    SELECT
        customer_id,
        category,
        category_no,
        floor(0.9 * coalesce(score, 0.2) * exp(0.8 * gauss(customer_id, 'online')) + 0.6 * unit(customer_id, category || ' web'))::BIGINT
            AS times
    FROM category_scores
),
turned AS (
    SELECT *, unnest(range(least(times, 60))) AS turn
    FROM planned
    WHERE times > 0
),
seen AS (
    SELECT *, customer_id * 1000 + category_no * 100 + turn AS event_key
    FROM turned
)
SELECT
    customer_id,
    CASE
        WHEN unit(event_key, 'event') < 0.55 THEN 'product_viewed'
        WHEN unit(event_key, 'event') < 0.75 THEN 'recipe_viewed'
        WHEN unit(event_key, 'event') < 0.90 THEN 'added_to_cart'
        ELSE 'searched'
    END AS event,
    category,
    getvariable('sample_as_of') - to_seconds(30 + (86400 * 90 * pow(unit(event_key, 'when'), 1.3))::BIGINT) AS happened_at
FROM seen;
