-- What the data team predicts: one score per category, driven by four hidden traits so that categories correlate.

CREATE OR REPLACE TEMP MACRO score(id, salt, logit) AS
    CASE WHEN unit(id, salt || ' missing') < 0.01 THEN NULL ELSE round(1 / (1 + exp(-(logit))), 4) END;

CREATE OR REPLACE TABLE grocery.propensities AS
WITH traits AS (
    SELECT
        customer_id AS id,
        gauss(customer_id, 'family') AS family,
        gauss(customer_id, 'health') AS health,
        gauss(customer_id, 'comfort') AS comfort,
        gauss(customer_id, 'thrift') AS thrift
    FROM grocery.customers
)
SELECT
    id AS customer_id,
    score(id, 'bread', 0.10 + 0.7 * family + 0.3 * thrift + 1.1 * gauss(id, 'bread')) AS bread,
    score(id, 'soda', -0.30 + 0.9 * comfort - 0.5 * health + 0.2 * family + 0.8 * gauss(id, 'soda')) AS soda,
    score(id, 'dairy', 0.10 + 0.6 * family + 0.2 * health + 0.9 * gauss(id, 'dairy')) AS dairy,
    score(id, 'produce', 0.00 + 1.1 * health - 0.3 * comfort + 0.8 * gauss(id, 'produce')) AS produce,
    score(id, 'meat', -0.60 + 0.5 * family - 0.6 * health + 1.0 * gauss(id, 'meat')) AS meat,
    score(id, 'frozen', -0.80 + 0.7 * comfort + 0.5 * thrift + 0.9 * gauss(id, 'frozen')) AS frozen,
    score(id, 'snacks', -0.40 + 1.0 * comfort + 0.4 * family + 0.8 * gauss(id, 'snacks')) AS snacks,
    score(id, 'coffee', -0.50 - 0.3 * thrift + 1.5 * gauss(id, 'coffee')) AS coffee,
    score(id, 'household', -1.00 + 0.6 * family + 0.8 * gauss(id, 'household goods')) AS household,
    score(id, 'baby', -3.60 + 1.3 * family + 1.6 * gauss(id, 'baby')) AS baby
FROM traits
ORDER BY id;

-- A missing row means the customer was never asked.
CREATE OR REPLACE TABLE grocery.consents AS
SELECT
    customer_id,
    purpose,
    unit(customer_id, purpose || ' consent') < share AS granted,
    getvariable('sample_as_of') - to_seconds((86400 * 900 * unit(customer_id, purpose || ' changed'))::BIGINT) AS changed_at
FROM grocery.customers
CROSS JOIN (VALUES ('email', 0.74), ('paid_media', 0.56), ('sms', 0.31)) AS purposes(purpose, share)
WHERE unit(customer_id, purpose || ' asked') < 0.97;
