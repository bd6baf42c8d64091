INSERT INTO grocery.purchases (purchase_id, customer_id, product_id, category, quantity, amount, purchased_at)
WITH wish AS (
    SELECT customer_id, category, category_no, score, avg(score) OVER (PARTITION BY category_no) AS usual
    FROM (
        SELECT
            customer_id,
            unnest(['bread', 'soda']) AS category,
            unnest([0, 1]) AS category_no,
            unnest([bread, soda]) AS score
        FROM grocery.propensities
    ) AS scores
),
buyer AS (
    SELECT customer_id, category, category_no * 100 + 1 AS product_id
    FROM wish
    WHERE (hash(customer_id, category, $at) >> 11)::DOUBLE / 9007199254740992.0 < $share * score / usual
),
due AS (
    SELECT buyer.*
    FROM buyer
    ANTI JOIN grocery.purchases AS bought
        ON bought.customer_id = buyer.customer_id AND bought.category = buyer.category AND bought.purchased_at = $at
)
SELECT
    (SELECT coalesce(max(purchase_id), 0) FROM grocery.purchases) + row_number() OVER (ORDER BY customer_id, category),
    customer_id,
    product_id,
    category,
    1,
    price,
    $at
FROM due
JOIN (SELECT product_id, price FROM grocery.products) AS products USING (product_id);
