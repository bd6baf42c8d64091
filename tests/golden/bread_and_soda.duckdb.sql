-- step audience (enter): writes[0]
INSERT INTO "ledger"."visits" (
  journey_id,
  member_id,
  visit_no,
  version,
  entry_node,
  wave,
  entered_at
)
SELECT DISTINCT
  'bread_and_soda',
  m.member_id,
  1,
  1,
  'audience',
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM (
  SELECT
    c."customer_id" AS member_id
  FROM "grocery"."customers" AS c
  WHERE
    (
      NOT c."customer_id" IS NULL
      AND (
        EXISTS(
          SELECT
            1
          FROM "grocery"."propensities" AS r
          WHERE
            r."customer_id" = c."customer_id" AND r."bread" BETWEEN $p0 AND $p1
        )
        AND EXISTS(
          SELECT
            1
          FROM "grocery"."propensities" AS r
          WHERE
            r."customer_id" = c."customer_id" AND r."soda" BETWEEN $p2 AND $p3
        )
        AND (
          EXISTS(
            SELECT
              1
            FROM "grocery"."consents" AS k
            WHERE
              k."customer_id" = c."customer_id" AND k."purpose" = $p4 AND k."granted"
          )
          AND NOT EXISTS(
            SELECT
              1
            FROM "grocery"."consents" AS k
            WHERE
              k."customer_id" = c."customer_id"
              AND k."purpose" = $p4
              AND NOT COALESCE(k."granted", FALSE)
          )
        )
      )
    )
    AND NOT c."customer_id" IN (
      SELECT
        x.member_id
      FROM "ledger"."erasures" AS x
    )
) AS m
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."visits" AS v
    WHERE
      v.journey_id = 'bread_and_soda' AND v.member_id = m.member_id
  );
-- :p0 = 0.7
-- :p1 = 1.0
-- :p2 = 0.4
-- :p3 = 0.7
-- :p4 = 'email'
-- at run time: as_of, wave

-- step audience (enter): writes[1]
INSERT INTO "ledger"."moves" (
  journey_id,
  member_id,
  visit_no,
  version,
  entered_at,
  from_node,
  port,
  to_node,
  ended,
  reason,
  wave,
  moved_at
)
SELECT
  v.journey_id,
  v.member_id,
  v.visit_no,
  v.version,
  v.entered_at,
  'audience',
  'next',
  'offer',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'bread_and_soda' AND v.entry_node = 'audience' AND v.wave = $wave;
-- at run time: as_of, wave

-- step audience (enter): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('bread_and_soda', $wave, 'audience', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step audience (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'audience' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step offer (deliver): writes[0]
INSERT INTO "ledger"."moves" (
  journey_id,
  member_id,
  visit_no,
  version,
  entered_at,
  from_node,
  port,
  to_node,
  ended,
  reason,
  wave,
  moved_at
)
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at,
    s.outcome
  FROM "ledger"."moves" AS a
  JOIN "ledger"."deliveries" AS s
    ON s.journey_id = 'bread_and_soda'
    AND s.node_id = 'offer'
    AND s.member_id = a.member_id
    AND s.visit_no = a.visit_no
  WHERE
    a.journey_id = 'bread_and_soda'
    AND a.to_node = 'offer'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'offer'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    'done' AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'bread_and_soda',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'offer',
  l.port,
  'two_days',
  FALSE,
  CAST(NULL AS TEXT),
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step offer (deliver): delivery.intend[0]
INSERT INTO "ledger"."intents" (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  chunk,
  reason,
  planned_at,
  channel,
  version,
  time_zone,
  urgency
)
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'bread_and_soda'
    AND a.to_node = 'offer'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'offer'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."intents" AS i
      WHERE
        i.journey_id = 'bread_and_soda'
        AND i.node_id = 'offer'
        AND i.member_id = a.member_id
        AND i.visit_no = a.visit_no
    )
), judged AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.arrived_at,
    LOWER(TRIM(p.c0)) AS address,
    CASE
      WHEN p.member_id IS NULL
      THEN 'no_customer'
      WHEN NOT COALESCE(
        (
          EXISTS(
            SELECT
              1
            FROM "grocery"."consents" AS k
            WHERE
              k."customer_id" = h.member_id AND k."purpose" = $p0 AND k."granted"
          )
          AND NOT EXISTS(
            SELECT
              1
            FROM "grocery"."consents" AS k
            WHERE
              k."customer_id" = h.member_id
              AND k."purpose" = $p0
              AND NOT COALESCE(k."granted", FALSE)
          )
        ),
        FALSE
      )
      THEN 'no_consent'
      WHEN h.member_id IN (
        SELECT
          u.member_id
        FROM "ledger"."suppressions" AS u
        WHERE
          u.purpose IN ('email', '*')
        GROUP BY
          u.member_id
        HAVING
          ARG_MAX(u.suppressed, u.decided_at)
      )
      THEN 'suppressed'
      WHEN p.c0 IS NULL
      THEN 'no_address'
      WHEN NOT REGEXP_MATCHES(TRIM(p.c0), '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$')
      THEN 'invalid_address'
    END AS reason,
    CAST(NULL AS TEXT) AS limits,
    TRUE AS awake,
    CAST(NULL AS TEXT) AS time_zone
  FROM here AS h
  LEFT JOIN (
    SELECT
      c."customer_id" AS member_id,
      COALESCE(
        MIN(
          CASE
            WHEN REGEXP_MATCHES(TRIM(c."email"), '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$')
            THEN c."email"
          END
        ),
        MIN(c."email")
      ) AS c0
    FROM "grocery"."customers" AS c
    GROUP BY
      c."customer_id"
  ) AS p
    ON p.member_id = h.member_id
), once AS (
  SELECT
    j.member_id,
    j.visit_no,
    j.arrived_at,
    COALESCE(
      CASE
        WHEN j.reason IS NULL
        AND ROW_NUMBER() OVER (
          PARTITION BY j.reason IS NULL, j.address
          ORDER BY j.member_id NULLS FIRST, j.visit_no NULLS FIRST
        ) > 1
        THEN 'duplicate_address'
        ELSE j.reason
      END,
      j.limits
    ) AS reason,
    j.awake,
    j.time_zone
  FROM judged AS j
), now_due AS (
  SELECT
    o.member_id,
    o.visit_no,
    o.reason,
    o.time_zone
  FROM once AS o
  WHERE
    NOT o.reason IS NULL OR o.awake
)
SELECT
  'bread_and_soda',
  'offer',
  $wave,
  o.member_id,
  o.visit_no,
  MD5(
    CAST('bread_and_soda' AS TEXT) || '/' || CAST('offer' AS TEXT) || '/' || CAST(o.member_id AS TEXT) || '/' || CAST(o.visit_no AS TEXT)
  ),
  CASE
    WHEN o.reason IS NULL
    THEN CAST((
      ROW_NUMBER() OVER (
        PARTITION BY o.reason IS NULL
        ORDER BY o.member_id NULLS FIRST, o.visit_no NULLS FIRST
      ) - 1
    ) // 10000 AS INT)
  END,
  o.reason,
  CAST($as_of AS TIMESTAMP),
  'email.smtp',
  1,
  o.time_zone,
  3
FROM now_due AS o;
-- :p0 = 'email'
-- at run time: as_of, since_version, wave

-- step offer (deliver): delivery.intend[1]
INSERT INTO "ledger"."deliveries" (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
)
SELECT
  i.journey_id,
  i.node_id,
  i.wave,
  i.member_id,
  i.visit_no,
  i.delivery_key,
  'email.smtp',
  'suppressed',
  i.reason,
  CAST(NULL AS TEXT),
  i.planned_at
FROM "ledger"."intents" AS i
WHERE
  i.journey_id = 'bread_and_soda'
  AND i.node_id = 'offer'
  AND i.wave = $wave
  AND NOT i.reason IS NULL;
-- at run time: wave

-- step offer (deliver): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('bread_and_soda', $wave, 'offer', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step offer (deliver): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'offer' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step offer (deliver): delivery.marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('bread_and_soda', $wave, 'offer', 'intend', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step offer (deliver): delivery.chunks
SELECT
  COALESCE(MAX(i.chunk) + 1, 0),
  COUNT(*),
  COUNT(i.reason)
FROM "ledger"."intents" AS i
WHERE
  i.journey_id = 'bread_and_soda' AND i.node_id = 'offer' AND i.wave = $wave;
-- at run time: wave

-- step offer (deliver): delivery.recipients
SELECT
  i.delivery_key,
  CASE
    WHEN EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'offer'
        AND d.member_id = i.member_id
        AND d.visit_no = i.visit_no
    )
    THEN 'visit_ended'
    WHEN p.member_id IS NULL
    THEN 'no_customer'
    WHEN NOT COALESCE(
      (
        EXISTS(
          SELECT
            1
          FROM "grocery"."consents" AS k
          WHERE
            k."customer_id" = i.member_id AND k."purpose" = $p0 AND k."granted"
        )
        AND NOT EXISTS(
          SELECT
            1
          FROM "grocery"."consents" AS k
          WHERE
            k."customer_id" = i.member_id
            AND k."purpose" = $p0
            AND NOT COALESCE(k."granted", FALSE)
        )
      ),
      FALSE
    )
    THEN 'no_consent'
    WHEN i.member_id IN (
      SELECT
        u.member_id
      FROM "ledger"."suppressions" AS u
      WHERE
        u.purpose IN ('email', '*')
      GROUP BY
        u.member_id
      HAVING
        ARG_MAX(u.suppressed, u.decided_at)
    )
    THEN 'suppressed'
    WHEN p.c0 IS NULL
    THEN 'no_address'
    WHEN NOT REGEXP_MATCHES(TRIM(p.c0), '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$')
    THEN 'invalid_address'
  END AS reason,
  CAST(NULL AS TIMESTAMP) AS wakes_at,
  CAST(NULL AS TIMESTAMP) AS sleeps_at,
  p.c0,
  p.c1,
  p.c2,
  p.c3
FROM (
  SELECT
    i.delivery_key,
    i.member_id,
    i.visit_no
  FROM "ledger"."intents" AS i
  WHERE
    i.journey_id = 'bread_and_soda'
    AND i.node_id = 'offer'
    AND i.wave = $wave
    AND i.chunk = $chunk
) AS i
LEFT JOIN (
  SELECT
    c."customer_id" AS member_id,
    c."email" AS c0,
    c."city" AS c1,
    c."first_name" AS c2,
    r0."bread" AS c3
  FROM "grocery"."customers" AS c
  LEFT JOIN "grocery"."propensities" AS r0
    ON r0."customer_id" = c."customer_id"
) AS p
  ON p.member_id = i.member_id
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."deliveries" AS s
    WHERE
      s.journey_id = 'bread_and_soda'
      AND s.node_id = 'offer'
      AND s.wave = $wave
      AND s.delivery_key = i.delivery_key
  )
ORDER BY
  i.delivery_key NULLS FIRST,
  p.c0,
  p.c1,
  p.c2,
  p.c3;
-- :p0 = 'email'
-- at run time: chunk, wave

-- step offer (deliver): delivery.settle
INSERT INTO "ledger"."deliveries" (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
)
SELECT
  i.journey_id,
  i.node_id,
  i.wave,
  i.member_id,
  i.visit_no,
  i.delivery_key,
  'email.smtp',
  r.outcome,
  r.reason,
  r.reference,
  CAST(r.settled_at AS TIMESTAMP)
FROM (
  SELECT
    UNNEST(
      FROM_JSON(
        CAST($rows AS JSON),
        '[{"delivery_key": "VARCHAR", "outcome": "VARCHAR", "reason": "VARCHAR", "reference": "VARCHAR", "settled_at": "VARCHAR"}]'
      ),
      max_depth := 2
    )
) AS r
JOIN "ledger"."intents" AS i
  ON i.delivery_key = r.delivery_key
  AND i.journey_id = 'bread_and_soda'
  AND i.node_id = 'offer'
  AND i.wave = $wave
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."deliveries" AS s
    WHERE
      s.journey_id = 'bread_and_soda'
      AND s.node_id = 'offer'
      AND s.wave = $wave
      AND s.delivery_key = r.delivery_key
  );
-- at run time: rows, wave

-- step offer (deliver): delivery.settled
SELECT
  s.outcome,
  COUNT(*)
FROM "ledger"."intents" AS i
LEFT JOIN "ledger"."deliveries" AS s
  ON s.delivery_key = i.delivery_key
  AND s.journey_id = 'bread_and_soda'
  AND s.node_id = 'offer'
  AND s.wave = $wave
WHERE
  i.journey_id = 'bread_and_soda'
  AND i.node_id = 'offer'
  AND i.wave = $wave
  AND i.chunk = $chunk
GROUP BY
  s.outcome;
-- at run time: chunk, wave

-- step two_days (move): writes[0]
INSERT INTO "ledger"."moves" (
  journey_id,
  member_id,
  visit_no,
  version,
  entered_at,
  from_node,
  port,
  to_node,
  ended,
  reason,
  wave,
  moved_at
)
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'bread_and_soda'
    AND a.to_node = 'two_days'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'two_days'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    'next' AS port
  FROM here AS h
  WHERE
    h.arrived_at + INTERVAL '2' DAY <= CAST($as_of AS TIMESTAMP)
)
SELECT
  'bread_and_soda',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'two_days',
  l.port,
  'bought',
  FALSE,
  CAST(NULL AS TEXT),
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step two_days (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('bread_and_soda', $wave, 'two_days', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step two_days (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'two_days' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step two_days (move): next_due
SELECT
  MIN(a.moved_at)
FROM "ledger"."moves" AS a
WHERE
  a.journey_id = 'bread_and_soda'
  AND a.to_node = 'two_days'
  AND NOT a.ended
  AND a.version BETWEEN $since_version AND 1
  AND a.moved_at > CAST($as_of AS TIMESTAMP) - INTERVAL '2' DAY;
-- at run time: as_of, since_version

-- step bought (move): writes[0]
INSERT INTO "ledger"."moves" (
  journey_id,
  member_id,
  visit_no,
  version,
  entered_at,
  from_node,
  port,
  to_node,
  ended,
  reason,
  wave,
  moved_at
)
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'bread_and_soda'
    AND a.to_node = 'bought'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'bought'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    CASE
      WHEN (h."member_id", h."visit_no") IN (
        SELECT
          x."member_id",
          x."visit_no"
        FROM "grocery"."purchases" AS e
        JOIN here AS x
          ON e."customer_id" = x."member_id" AND e."purchased_at" > x."entered_at"
        WHERE
          e."category" IN ($p0, $p1)
          AND NOT e."customer_id" IS NULL
          AND e."purchased_at" <= CAST($as_of AS TIMESTAMP)
        GROUP BY
          x."member_id",
          x."visit_no"
        HAVING
          COUNT(*) >= $p2
      )
      THEN 'yes'
      ELSE 'no'
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'bread_and_soda',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'bought',
  l.port,
  CASE l.port WHEN 'yes' THEN 'converted' WHEN 'no' THEN 'arms' END,
  CASE l.port WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE END,
  CASE l.port WHEN 'yes' THEN 'exit:converted' WHEN 'no' THEN NULL END,
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- :p0 = 'bread'
-- :p1 = 'soda'
-- :p2 = 1.0
-- at run time: as_of, since_version, wave

-- step bought (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('bread_and_soda', $wave, 'bought', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step bought (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'bought' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step arms (move): writes[0]
INSERT INTO "ledger"."moves" (
  journey_id,
  member_id,
  visit_no,
  version,
  entered_at,
  from_node,
  port,
  to_node,
  ended,
  reason,
  wave,
  moved_at
)
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'bread_and_soda'
    AND a.to_node = 'arms'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'arms'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    CASE
      WHEN CAST('0x' || SUBSTRING(
        MD5(
          CAST('bread_and_soda' AS TEXT) || '/' || CAST('arms' AS TEXT) || '/' || CAST(h.member_id AS TEXT)
        ),
        1,
        8
      ) AS BIGINT) % 10000 < 3334
      THEN 'remind'
      WHEN CAST('0x' || SUBSTRING(
        MD5(
          CAST('bread_and_soda' AS TEXT) || '/' || CAST('arms' AS TEXT) || '/' || CAST(h.member_id AS TEXT)
        ),
        1,
        8
      ) AS BIGINT) % 10000 < 6667
      THEN 'ads'
      ELSE 'nothing'
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'bread_and_soda',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'arms',
  l.port,
  CASE l.port
    WHEN 'remind'
    THEN 'reminder'
    WHEN 'ads'
    THEN 'ads'
    WHEN 'nothing'
    THEN 'five_days'
  END,
  FALSE,
  CAST(NULL AS TEXT),
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step arms (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('bread_and_soda', $wave, 'arms', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step arms (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'arms' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step reminder (deliver): writes[0]
INSERT INTO "ledger"."moves" (
  journey_id,
  member_id,
  visit_no,
  version,
  entered_at,
  from_node,
  port,
  to_node,
  ended,
  reason,
  wave,
  moved_at
)
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at,
    s.outcome
  FROM "ledger"."moves" AS a
  JOIN "ledger"."deliveries" AS s
    ON s.journey_id = 'bread_and_soda'
    AND s.node_id = 'reminder'
    AND s.member_id = a.member_id
    AND s.visit_no = a.visit_no
  WHERE
    a.journey_id = 'bread_and_soda'
    AND a.to_node = 'reminder'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'reminder'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    'done' AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'bread_and_soda',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'reminder',
  l.port,
  'five_days',
  FALSE,
  CAST(NULL AS TEXT),
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step reminder (deliver): delivery.intend[0]
INSERT INTO "ledger"."intents" (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  chunk,
  reason,
  planned_at,
  channel,
  version,
  time_zone,
  urgency
)
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'bread_and_soda'
    AND a.to_node = 'reminder'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'reminder'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."intents" AS i
      WHERE
        i.journey_id = 'bread_and_soda'
        AND i.node_id = 'reminder'
        AND i.member_id = a.member_id
        AND i.visit_no = a.visit_no
    )
), judged AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.arrived_at,
    LOWER(TRIM(p.c0)) AS address,
    CASE
      WHEN p.member_id IS NULL
      THEN 'no_customer'
      WHEN NOT COALESCE(
        (
          EXISTS(
            SELECT
              1
            FROM "grocery"."consents" AS k
            WHERE
              k."customer_id" = h.member_id AND k."purpose" = $p0 AND k."granted"
          )
          AND NOT EXISTS(
            SELECT
              1
            FROM "grocery"."consents" AS k
            WHERE
              k."customer_id" = h.member_id
              AND k."purpose" = $p0
              AND NOT COALESCE(k."granted", FALSE)
          )
        ),
        FALSE
      )
      THEN 'no_consent'
      WHEN h.member_id IN (
        SELECT
          u.member_id
        FROM "ledger"."suppressions" AS u
        WHERE
          u.purpose IN ('email', '*')
        GROUP BY
          u.member_id
        HAVING
          ARG_MAX(u.suppressed, u.decided_at)
      )
      THEN 'suppressed'
      WHEN p.c0 IS NULL
      THEN 'no_address'
      WHEN NOT REGEXP_MATCHES(TRIM(p.c0), '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$')
      THEN 'invalid_address'
    END AS reason,
    CAST(NULL AS TEXT) AS limits,
    TRUE AS awake,
    CAST(NULL AS TEXT) AS time_zone
  FROM here AS h
  LEFT JOIN (
    SELECT
      c."customer_id" AS member_id,
      COALESCE(
        MIN(
          CASE
            WHEN REGEXP_MATCHES(TRIM(c."email"), '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$')
            THEN c."email"
          END
        ),
        MIN(c."email")
      ) AS c0
    FROM "grocery"."customers" AS c
    GROUP BY
      c."customer_id"
  ) AS p
    ON p.member_id = h.member_id
), once AS (
  SELECT
    j.member_id,
    j.visit_no,
    j.arrived_at,
    COALESCE(
      CASE
        WHEN j.reason IS NULL
        AND ROW_NUMBER() OVER (
          PARTITION BY j.reason IS NULL, j.address
          ORDER BY j.member_id NULLS FIRST, j.visit_no NULLS FIRST
        ) > 1
        THEN 'duplicate_address'
        ELSE j.reason
      END,
      j.limits
    ) AS reason,
    j.awake,
    j.time_zone
  FROM judged AS j
), now_due AS (
  SELECT
    o.member_id,
    o.visit_no,
    o.reason,
    o.time_zone
  FROM once AS o
  WHERE
    NOT o.reason IS NULL OR o.awake
)
SELECT
  'bread_and_soda',
  'reminder',
  $wave,
  o.member_id,
  o.visit_no,
  MD5(
    CAST('bread_and_soda' AS TEXT) || '/' || CAST('reminder' AS TEXT) || '/' || CAST(o.member_id AS TEXT) || '/' || CAST(o.visit_no AS TEXT)
  ),
  CASE
    WHEN o.reason IS NULL
    THEN CAST((
      ROW_NUMBER() OVER (
        PARTITION BY o.reason IS NULL
        ORDER BY o.member_id NULLS FIRST, o.visit_no NULLS FIRST
      ) - 1
    ) // 10000 AS INT)
  END,
  o.reason,
  CAST($as_of AS TIMESTAMP),
  'email.smtp',
  1,
  o.time_zone,
  3
FROM now_due AS o;
-- :p0 = 'email'
-- at run time: as_of, since_version, wave

-- step reminder (deliver): delivery.intend[1]
INSERT INTO "ledger"."deliveries" (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
)
SELECT
  i.journey_id,
  i.node_id,
  i.wave,
  i.member_id,
  i.visit_no,
  i.delivery_key,
  'email.smtp',
  'suppressed',
  i.reason,
  CAST(NULL AS TEXT),
  i.planned_at
FROM "ledger"."intents" AS i
WHERE
  i.journey_id = 'bread_and_soda'
  AND i.node_id = 'reminder'
  AND i.wave = $wave
  AND NOT i.reason IS NULL;
-- at run time: wave

-- step reminder (deliver): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('bread_and_soda', $wave, 'reminder', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step reminder (deliver): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'reminder' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step reminder (deliver): delivery.marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('bread_and_soda', $wave, 'reminder', 'intend', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step reminder (deliver): delivery.chunks
SELECT
  COALESCE(MAX(i.chunk) + 1, 0),
  COUNT(*),
  COUNT(i.reason)
FROM "ledger"."intents" AS i
WHERE
  i.journey_id = 'bread_and_soda' AND i.node_id = 'reminder' AND i.wave = $wave;
-- at run time: wave

-- step reminder (deliver): delivery.recipients
SELECT
  i.delivery_key,
  CASE
    WHEN EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'reminder'
        AND d.member_id = i.member_id
        AND d.visit_no = i.visit_no
    )
    THEN 'visit_ended'
    WHEN p.member_id IS NULL
    THEN 'no_customer'
    WHEN NOT COALESCE(
      (
        EXISTS(
          SELECT
            1
          FROM "grocery"."consents" AS k
          WHERE
            k."customer_id" = i.member_id AND k."purpose" = $p0 AND k."granted"
        )
        AND NOT EXISTS(
          SELECT
            1
          FROM "grocery"."consents" AS k
          WHERE
            k."customer_id" = i.member_id
            AND k."purpose" = $p0
            AND NOT COALESCE(k."granted", FALSE)
        )
      ),
      FALSE
    )
    THEN 'no_consent'
    WHEN i.member_id IN (
      SELECT
        u.member_id
      FROM "ledger"."suppressions" AS u
      WHERE
        u.purpose IN ('email', '*')
      GROUP BY
        u.member_id
      HAVING
        ARG_MAX(u.suppressed, u.decided_at)
    )
    THEN 'suppressed'
    WHEN p.c0 IS NULL
    THEN 'no_address'
    WHEN NOT REGEXP_MATCHES(TRIM(p.c0), '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$')
    THEN 'invalid_address'
  END AS reason,
  CAST(NULL AS TIMESTAMP) AS wakes_at,
  CAST(NULL AS TIMESTAMP) AS sleeps_at,
  p.c0,
  p.c1
FROM (
  SELECT
    i.delivery_key,
    i.member_id,
    i.visit_no
  FROM "ledger"."intents" AS i
  WHERE
    i.journey_id = 'bread_and_soda'
    AND i.node_id = 'reminder'
    AND i.wave = $wave
    AND i.chunk = $chunk
) AS i
LEFT JOIN (
  SELECT
    c."customer_id" AS member_id,
    c."email" AS c0,
    c."first_name" AS c1
  FROM "grocery"."customers" AS c
) AS p
  ON p.member_id = i.member_id
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."deliveries" AS s
    WHERE
      s.journey_id = 'bread_and_soda'
      AND s.node_id = 'reminder'
      AND s.wave = $wave
      AND s.delivery_key = i.delivery_key
  )
ORDER BY
  i.delivery_key NULLS FIRST,
  p.c0,
  p.c1;
-- :p0 = 'email'
-- at run time: chunk, wave

-- step reminder (deliver): delivery.settle
INSERT INTO "ledger"."deliveries" (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
)
SELECT
  i.journey_id,
  i.node_id,
  i.wave,
  i.member_id,
  i.visit_no,
  i.delivery_key,
  'email.smtp',
  r.outcome,
  r.reason,
  r.reference,
  CAST(r.settled_at AS TIMESTAMP)
FROM (
  SELECT
    UNNEST(
      FROM_JSON(
        CAST($rows AS JSON),
        '[{"delivery_key": "VARCHAR", "outcome": "VARCHAR", "reason": "VARCHAR", "reference": "VARCHAR", "settled_at": "VARCHAR"}]'
      ),
      max_depth := 2
    )
) AS r
JOIN "ledger"."intents" AS i
  ON i.delivery_key = r.delivery_key
  AND i.journey_id = 'bread_and_soda'
  AND i.node_id = 'reminder'
  AND i.wave = $wave
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."deliveries" AS s
    WHERE
      s.journey_id = 'bread_and_soda'
      AND s.node_id = 'reminder'
      AND s.wave = $wave
      AND s.delivery_key = r.delivery_key
  );
-- at run time: rows, wave

-- step reminder (deliver): delivery.settled
SELECT
  s.outcome,
  COUNT(*)
FROM "ledger"."intents" AS i
LEFT JOIN "ledger"."deliveries" AS s
  ON s.delivery_key = i.delivery_key
  AND s.journey_id = 'bread_and_soda'
  AND s.node_id = 'reminder'
  AND s.wave = $wave
WHERE
  i.journey_id = 'bread_and_soda'
  AND i.node_id = 'reminder'
  AND i.wave = $wave
  AND i.chunk = $chunk
GROUP BY
  s.outcome;
-- at run time: chunk, wave

-- step ads (deliver): writes[0]
INSERT INTO "ledger"."moves" (
  journey_id,
  member_id,
  visit_no,
  version,
  entered_at,
  from_node,
  port,
  to_node,
  ended,
  reason,
  wave,
  moved_at
)
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at,
    s.outcome
  FROM "ledger"."moves" AS a
  JOIN "ledger"."deliveries" AS s
    ON s.journey_id = 'bread_and_soda'
    AND s.node_id = 'ads'
    AND s.member_id = a.member_id
    AND s.visit_no = a.visit_no
  WHERE
    a.journey_id = 'bread_and_soda'
    AND a.to_node = 'ads'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'ads'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    'done' AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'bread_and_soda',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'ads',
  l.port,
  'five_days',
  FALSE,
  CAST(NULL AS TEXT),
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step ads (deliver): delivery.intend[0]
INSERT INTO "ledger"."intents" (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  chunk,
  reason,
  planned_at,
  channel,
  version,
  time_zone,
  urgency
)
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'bread_and_soda'
    AND a.to_node = 'ads'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'ads'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."intents" AS i
      WHERE
        i.journey_id = 'bread_and_soda'
        AND i.node_id = 'ads'
        AND i.member_id = a.member_id
        AND i.visit_no = a.visit_no
    )
), judged AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.arrived_at,
    LOWER(TRIM(p.c0)) AS address,
    CASE
      WHEN p.member_id IS NULL
      THEN 'no_customer'
      WHEN NOT COALESCE(
        (
          EXISTS(
            SELECT
              1
            FROM "grocery"."consents" AS k
            WHERE
              k."customer_id" = h.member_id AND k."purpose" = $p0 AND k."granted"
          )
          AND NOT EXISTS(
            SELECT
              1
            FROM "grocery"."consents" AS k
            WHERE
              k."customer_id" = h.member_id
              AND k."purpose" = $p0
              AND NOT COALESCE(k."granted", FALSE)
          )
        ),
        FALSE
      )
      THEN 'no_consent'
      WHEN h.member_id IN (
        SELECT
          u.member_id
        FROM "ledger"."suppressions" AS u
        WHERE
          u.purpose IN ('paid_media', '*')
        GROUP BY
          u.member_id
        HAVING
          ARG_MAX(u.suppressed, u.decided_at)
      )
      THEN 'suppressed'
      WHEN p.c0 IS NULL AND p.c1 IS NULL
      THEN 'no_address'
    END AS reason,
    CAST(NULL AS TEXT) AS limits,
    TRUE AS awake,
    CAST(NULL AS TEXT) AS time_zone
  FROM here AS h
  LEFT JOIN (
    SELECT
      c."customer_id" AS member_id,
      MIN(
        CASE
          WHEN LOWER(TRIM(c."email")) LIKE '%_@_%'
          THEN SHA256(LOWER(TRIM(c."email")))
        END
      ) AS c0,
      MIN(
        SHA256(NULLIF(REGEXP_REPLACE(CAST(c."phone" AS TEXT), '^[^1-9]+|[^0-9]', '', 'g'), ''))
      ) AS c1
    FROM "grocery"."customers" AS c
    GROUP BY
      c."customer_id"
  ) AS p
    ON p.member_id = h.member_id
), once AS (
  SELECT
    j.member_id,
    j.visit_no,
    j.arrived_at,
    COALESCE(j.reason, j.limits) AS reason,
    j.awake,
    j.time_zone
  FROM judged AS j
), now_due AS (
  SELECT
    o.member_id,
    o.visit_no,
    o.reason,
    o.time_zone
  FROM once AS o
  WHERE
    NOT o.reason IS NULL OR o.awake
)
SELECT
  'bread_and_soda',
  'ads',
  $wave,
  o.member_id,
  o.visit_no,
  MD5(
    CAST('bread_and_soda' AS TEXT) || '/' || CAST('ads' AS TEXT) || '/' || CAST(o.member_id AS TEXT) || '/' || CAST(o.visit_no AS TEXT)
  ),
  CASE
    WHEN o.reason IS NULL
    THEN CAST((
      ROW_NUMBER() OVER (
        PARTITION BY o.reason IS NULL
        ORDER BY o.member_id NULLS FIRST, o.visit_no NULLS FIRST
      ) - 1
    ) // 10000 AS INT)
  END,
  o.reason,
  CAST($as_of AS TIMESTAMP),
  'audience.meta',
  1,
  o.time_zone,
  5
FROM now_due AS o;
-- :p0 = 'paid_media'
-- at run time: as_of, since_version, wave

-- step ads (deliver): delivery.intend[1]
INSERT INTO "ledger"."deliveries" (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
)
SELECT
  i.journey_id,
  i.node_id,
  i.wave,
  i.member_id,
  i.visit_no,
  i.delivery_key,
  'audience.meta',
  'suppressed',
  i.reason,
  CAST(NULL AS TEXT),
  i.planned_at
FROM "ledger"."intents" AS i
WHERE
  i.journey_id = 'bread_and_soda'
  AND i.node_id = 'ads'
  AND i.wave = $wave
  AND NOT i.reason IS NULL;
-- at run time: wave

-- step ads (deliver): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('bread_and_soda', $wave, 'ads', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step ads (deliver): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'ads' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step ads (deliver): delivery.marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('bread_and_soda', $wave, 'ads', 'intend', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step ads (deliver): delivery.chunks
SELECT
  COALESCE(MAX(i.chunk) + 1, 0),
  COUNT(*),
  COUNT(i.reason)
FROM "ledger"."intents" AS i
WHERE
  i.journey_id = 'bread_and_soda' AND i.node_id = 'ads' AND i.wave = $wave;
-- at run time: wave

-- step ads (deliver): delivery.recipients
SELECT
  i.delivery_key,
  CASE
    WHEN EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'ads'
        AND d.member_id = i.member_id
        AND d.visit_no = i.visit_no
    )
    THEN 'visit_ended'
    WHEN p.member_id IS NULL
    THEN 'no_customer'
    WHEN NOT COALESCE(
      (
        EXISTS(
          SELECT
            1
          FROM "grocery"."consents" AS k
          WHERE
            k."customer_id" = i.member_id AND k."purpose" = $p0 AND k."granted"
        )
        AND NOT EXISTS(
          SELECT
            1
          FROM "grocery"."consents" AS k
          WHERE
            k."customer_id" = i.member_id
            AND k."purpose" = $p0
            AND NOT COALESCE(k."granted", FALSE)
        )
      ),
      FALSE
    )
    THEN 'no_consent'
    WHEN i.member_id IN (
      SELECT
        u.member_id
      FROM "ledger"."suppressions" AS u
      WHERE
        u.purpose IN ('paid_media', '*')
      GROUP BY
        u.member_id
      HAVING
        ARG_MAX(u.suppressed, u.decided_at)
    )
    THEN 'suppressed'
    WHEN p.c0 IS NULL AND p.c1 IS NULL
    THEN 'no_address'
  END AS reason,
  CAST(NULL AS TIMESTAMP) AS wakes_at,
  CAST(NULL AS TIMESTAMP) AS sleeps_at,
  p.c0,
  p.c1
FROM (
  SELECT
    i.delivery_key,
    i.member_id,
    i.visit_no
  FROM "ledger"."intents" AS i
  WHERE
    i.journey_id = 'bread_and_soda'
    AND i.node_id = 'ads'
    AND i.wave = $wave
    AND i.chunk = $chunk
) AS i
LEFT JOIN (
  SELECT
    c."customer_id" AS member_id,
    CASE
      WHEN LOWER(TRIM(c."email")) LIKE '%_@_%'
      THEN SHA256(LOWER(TRIM(c."email")))
    END AS c0,
    SHA256(NULLIF(REGEXP_REPLACE(CAST(c."phone" AS TEXT), '^[^1-9]+|[^0-9]', '', 'g'), '')) AS c1
  FROM "grocery"."customers" AS c
) AS p
  ON p.member_id = i.member_id
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."deliveries" AS s
    WHERE
      s.journey_id = 'bread_and_soda'
      AND s.node_id = 'ads'
      AND s.wave = $wave
      AND s.delivery_key = i.delivery_key
  )
ORDER BY
  i.delivery_key NULLS FIRST,
  p.c0,
  p.c1;
-- :p0 = 'paid_media'
-- at run time: chunk, wave

-- step ads (deliver): delivery.settle
INSERT INTO "ledger"."deliveries" (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
)
SELECT
  i.journey_id,
  i.node_id,
  i.wave,
  i.member_id,
  i.visit_no,
  i.delivery_key,
  'audience.meta',
  r.outcome,
  r.reason,
  r.reference,
  CAST(r.settled_at AS TIMESTAMP)
FROM (
  SELECT
    UNNEST(
      FROM_JSON(
        CAST($rows AS JSON),
        '[{"delivery_key": "VARCHAR", "outcome": "VARCHAR", "reason": "VARCHAR", "reference": "VARCHAR", "settled_at": "VARCHAR"}]'
      ),
      max_depth := 2
    )
) AS r
JOIN "ledger"."intents" AS i
  ON i.delivery_key = r.delivery_key
  AND i.journey_id = 'bread_and_soda'
  AND i.node_id = 'ads'
  AND i.wave = $wave
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."deliveries" AS s
    WHERE
      s.journey_id = 'bread_and_soda'
      AND s.node_id = 'ads'
      AND s.wave = $wave
      AND s.delivery_key = r.delivery_key
  );
-- at run time: rows, wave

-- step ads (deliver): delivery.settled
SELECT
  s.outcome,
  COUNT(*)
FROM "ledger"."intents" AS i
LEFT JOIN "ledger"."deliveries" AS s
  ON s.delivery_key = i.delivery_key
  AND s.journey_id = 'bread_and_soda'
  AND s.node_id = 'ads'
  AND s.wave = $wave
WHERE
  i.journey_id = 'bread_and_soda'
  AND i.node_id = 'ads'
  AND i.wave = $wave
  AND i.chunk = $chunk
GROUP BY
  s.outcome;
-- at run time: chunk, wave

-- step five_days (move): writes[0]
INSERT INTO "ledger"."moves" (
  journey_id,
  member_id,
  visit_no,
  version,
  entered_at,
  from_node,
  port,
  to_node,
  ended,
  reason,
  wave,
  moved_at
)
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'bread_and_soda'
    AND a.to_node = 'five_days'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'five_days'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    'next' AS port
  FROM here AS h
  WHERE
    h.arrived_at + INTERVAL '5' DAY <= CAST($as_of AS TIMESTAMP)
)
SELECT
  'bread_and_soda',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'five_days',
  l.port,
  'done',
  TRUE,
  'exit:completed',
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step five_days (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('bread_and_soda', $wave, 'five_days', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step five_days (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'five_days' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step five_days (move): next_due
SELECT
  MIN(a.moved_at)
FROM "ledger"."moves" AS a
WHERE
  a.journey_id = 'bread_and_soda'
  AND a.to_node = 'five_days'
  AND NOT a.ended
  AND a.version BETWEEN $since_version AND 1
  AND a.moved_at > CAST($as_of AS TIMESTAMP) - INTERVAL '5' DAY;
-- at run time: as_of, since_version

-- stop
INSERT INTO "ledger"."moves" (
  journey_id,
  member_id,
  visit_no,
  version,
  entered_at,
  from_node,
  port,
  to_node,
  ended,
  reason,
  wave,
  moved_at
)
SELECT
  a.journey_id,
  a.member_id,
  a.visit_no,
  a.version,
  a.entered_at,
  a.to_node,
  CAST(NULL AS TEXT),
  CAST(NULL AS TEXT),
  TRUE,
  'stopped',
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."moves" AS a
WHERE
  a.journey_id = 'bread_and_soda'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'bread_and_soda'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
