-- Who the grocer knows: one row per customer, with the dirt every real table has.
-- Every value is a hash of (customer, salt, seed): the same on any number of threads, in any order.

CREATE OR REPLACE TEMP MACRO unit(id, salt) AS
    (hash(id, salt, getvariable('sample_seed')) >> 11)::DOUBLE / 9007199254740992.0;

-- The sum of four uniforms is near enough to a normal, and costs one hash.
CREATE OR REPLACE TEMP MACRO gauss(id, salt) AS (
    (
        (hash(id, salt, getvariable('sample_seed')) & 65535)
        + ((hash(id, salt, getvariable('sample_seed')) >> 16) & 65535)
        + ((hash(id, salt, getvariable('sample_seed')) >> 32) & 65535)
        + (hash(id, salt, getvariable('sample_seed')) >> 48)
    )::DOUBLE / 65536.0 - 2.0
) * 1.7320508;

CREATE OR REPLACE TEMP MACRO pick(list, u) AS list[1 + floor(u * len(list))::INTEGER];

CREATE OR REPLACE TEMP TABLE cities AS
SELECT row_number() OVER (ORDER BY country, city, step) - 1 AS position, * EXCLUDE (share, step)
FROM (
    SELECT *, unnest(range(share)) AS step
    FROM (VALUES
        ('US', 'New York', 'America/New_York', '1212555', 14),
        ('US', 'Chicago', 'America/Chicago', '1312555', 9),
        ('US', 'Denver', 'America/Denver', '1303555', 5),
        ('US', 'Phoenix', 'America/Phoenix', '1602555', 3),
        ('US', 'Los Angeles', 'America/Los_Angeles', '1213555', 11),
        ('US', 'Honolulu', 'Pacific/Honolulu', '1808555', 1),
        ('CA', 'Toronto', 'America/Toronto', '1416555', 5),
        ('CA', 'St. John''s', 'America/St_Johns', '1709555', 1),
        ('GB', 'London', 'Europe/London', '447700', 9),
        ('IE', 'Dún Laoghaire', 'Europe/Dublin', '353855', 2),
        ('DE', 'Berlin', 'Europe/Berlin', '491700', 9),
        ('DE', 'Köln', 'Europe/Berlin', '491710', 4),
        ('FR', 'Paris', 'Europe/Paris', '336005', 7),
        ('NL', 'Utrecht', 'Europe/Amsterdam', '316005', 4),
        ('PL', 'Łódź', 'Europe/Warsaw', '485005', 3),
        ('ES', 'A Coruña', 'Europe/Madrid', '346005', 4),
        ('AU', 'Sydney', 'Australia/Sydney', '614005', 4),
        ('AU', 'Adelaide', 'Australia/Adelaide', '614105', 1),
        ('JP', '東京', 'Asia/Tokyo', '819005', 3),
        ('IN', 'Mumbai', 'Asia/Kolkata', '919005', 1)
    ) AS city(country, city, time_zone, dialling, share)
);

SET VARIABLE sample_first_names = [
    'Anna', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Grace', 'Henry', 'Ida', 'James', 'Karin', 'Liam', 'Maya', 'Noah',
    'Olivia', 'Paul', 'Quinn', 'Rosa', 'Samuel', 'Tara', 'Uma', 'Victor', 'Wendy', 'Xavier', 'Yara', 'Zoë', 'Chloé',
    'José', 'Jürgen', 'Søren', 'Łukasz', 'Siân', 'Anne-Marie', 'Mary Ann', '伟', '美咲', 'Αλέξης', 'Ольга', 'علي', 'D''Arcy'
];
SET VARIABLE sample_last_names = [
    'Smith', 'Jones', 'Brown', 'Taylor', 'Wilson', 'Müller', 'Schmidt', 'Weber', 'Martin', 'Bernard', 'Dubois', 'de Vries',
    'van den Berg', 'Jansen', 'Kowalski', 'Nowak', 'García', 'Fernández', 'Rossi', 'O''Brien', 'O''Neill', 'D''Angelo',
    'Nguyễn', 'Þórsdóttir', '李', '王', '佐藤', 'Παπαδόπουλος', 'Иванов', 'Patel', 'Singh', 'Cohen', 'Smith-Jones', 'Ng', 'Okafor'
];

CREATE OR REPLACE TABLE grocery.customers AS
WITH drawn AS (
    SELECT
        id,
        CASE
            WHEN unit(id, 'emoji') < 0.001 THEN pick(getvariable('sample_first_names'), unit(id, 'first')) || ' 🍞'
            WHEN unit(id, 'quote') < 0.001 THEN '"' || pick(getvariable('sample_first_names'), unit(id, 'first')) || '"'
            ELSE pick(getvariable('sample_first_names'), unit(id, 'first'))
        END AS first_name,
        pick(getvariable('sample_last_names'), unit(id, 'last')) AS last_name,
        floor(unit(id, 'city') * 100)::BIGINT AS position
    FROM range(1, getvariable('sample_customers') + 1) AS ids(id)
)
SELECT
    id::BIGINT AS customer_id,
    CASE
        WHEN unit(id, 'no address') < 0.010 THEN NULL
        WHEN unit(id, 'bad address') < 0.005
            THEN pick(['n/a', 'nobody', 'no at.example.com', 'two@@example.com', 'blank@', ' ', 'crlf@exa' || chr(10) || 'mple.com'], unit(id, 'bad kind'))
        WHEN unit(id, 'shouted') < 0.010 THEN ' Customer.' || id || '@Example.COM '
        ELSE coalesce(nullif(regexp_replace(lower(strip_accents(first_name)), '[^a-z]', '', 'g'), ''), 'customer')
            || '.' || id || '@' || pick(['example.com', 'example.org', 'example.net', 'mail.example.com'], unit(id, 'domain'))
    END AS email,
    CASE
        WHEN unit(id, 'no phone') < 0.150 THEN NULL
        WHEN unit(id, 'bad phone') < 0.005 THEN pick(['unknown', '+0000000000', '-'], unit(id, 'bad phone kind'))
        WHEN unit(id, 'phone style') < 0.300 THEN '00' || dialling || lpad((id % 10000000)::VARCHAR, 7, '0')
        ELSE '+' || dialling || ' ' || lpad((id % 10000000)::VARCHAR, 7, '0')
    END AS phone,
    first_name,
    last_name,
    country,
    city,
    CASE
        WHEN unit(id, 'no zone') < 0.010 THEN NULL
        WHEN unit(id, 'bad zone') < 0.005 THEN pick(['Mars/Olympus_Mons', 'GMT+25', '', 'unknown'], unit(id, 'bad zone kind'))
        ELSE time_zone
    END AS time_zone,
    CASE WHEN unit(id, 'no birthday') < 0.080 THEN NULL
        ELSE (getvariable('sample_as_of')::DATE - (365 * (19 + 62 * pow(unit(id, 'age'), 1.3)))::INTEGER)::DATE
    END AS birth_date,
    (getvariable('sample_as_of')::DATE - (10 + 3600 * pow(unit(id, 'since'), 1.7))::INTEGER)::DATE AS member_since,
    CASE
        WHEN gauss(id, 'activity') > 1.9 THEN 'platinum'
        WHEN gauss(id, 'activity') > 1.1 THEN 'gold'
        WHEN gauss(id, 'activity') > 0.0 THEN 'silver'
        ELSE 'bronze'
    END AS loyalty_tier,
    (1 + floor(5 * pow(unit(id, 'household'), 1.4)))::INTEGER AS household_size,
    'S' || lpad((position % 40 + 1)::VARCHAR, 3, '0') AS home_store,
    unit(id, 'active') < 0.93 AS is_active
FROM drawn
JOIN cities USING (position)
ORDER BY id;

-- Couples share an address: two customers, one inbox.
UPDATE grocery.customers AS customer
SET email = partner.email
FROM grocery.customers AS partner
WHERE partner.customer_id = customer.customer_id - 1 AND customer.customer_id % 200 = 0;
