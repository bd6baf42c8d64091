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
  'scenario_contact_policy',
  m.member_id,
  COALESCE(b.visit_no, 0) + 1,
  1,
  'audience',
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM (
  SELECT
    c."customer_id" AS member_id
  FROM "shop"."customers" AS c
  WHERE
    (
      NOT c."customer_id" IS NULL AND TRUE
    )
    AND NOT c."customer_id" IN (
      SELECT
        x.member_id
      FROM "ledger"."erasures" AS x
    )
) AS m
LEFT JOIN (
  SELECT
    v.member_id,
    MAX(v.visit_no) AS visit_no
  FROM "ledger"."visits" AS v
  WHERE
    v.journey_id = 'scenario_contact_policy'
  GROUP BY
    v.member_id
) AS b
  ON b.member_id = m.member_id
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM (
      SELECT
        v.member_id,
        v.visit_key
      FROM "ledger"."visits" AS v
      LEFT JOIN "ledger"."moves" AS e
        ON e.journey_id = 'scenario_contact_policy'
        AND e.member_id = v.member_id
        AND e.visit_no = v.visit_no
        AND e.ended
        AND e.moved_at <= CAST($as_of AS TIMESTAMP)
        AND NOT COALESCE(e.reason, '') IN ('holdout', 'removed')
      WHERE
        v.journey_id = 'scenario_contact_policy'
        AND (
          e.member_id IS NULL OR v.wave >= $wave
        )
    ) AS o
    WHERE
      o.member_id = m.member_id
  );
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
  'letter',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_contact_policy'
  AND v.entry_node = 'audience'
  AND v.wave = $wave;
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
  ('scenario_contact_policy', $wave, 'audience', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step audience (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_contact_policy'
  AND m.from_node = 'audience'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step letter (deliver): writes[0]
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
    ON s.journey_id = 'scenario_contact_policy'
    AND s.node_id = 'letter'
    AND s.member_id = a.member_id
    AND s.visit_no = a.visit_no
  WHERE
    a.journey_id = 'scenario_contact_policy'
    AND a.to_node = 'letter'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_contact_policy'
        AND d.from_node = 'letter'
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
  'scenario_contact_policy',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'letter',
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

-- step letter (deliver): delivery.intend[0]
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
    a.journey_id = 'scenario_contact_policy'
    AND a.to_node = 'letter'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_contact_policy'
        AND d.from_node = 'letter'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."intents" AS i
      WHERE
        i.journey_id = 'scenario_contact_policy'
        AND i.node_id = 'letter'
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
            FROM "shop"."consents" AS k
            WHERE
              k."customer_id" = h.member_id AND k."purpose" = $p0 AND k."granted"
          )
          AND NOT EXISTS(
            SELECT
              1
            FROM "shop"."consents" AS k
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
    CASE
      WHEN h.member_id IN (
        SELECT
          e.member_id
        FROM "ledger"."intents" AS e
        LEFT JOIN "ledger"."deliveries" AS s
          ON s.journey_id = e.journey_id
          AND s.node_id = e.node_id
          AND s.delivery_key = e.delivery_key
        WHERE
          e.planned_at > CAST($as_of AS TIMESTAMP) - INTERVAL '10' DAY
          AND e.reason IS NULL
          AND e.channel IN ('letter')
          AND (
            (
              s.outcome IS NULL AND COALESCE(e.urgency, 3) <= 3
            )
            OR (
              s.outcome IN ('accepted', 'unknown')
              AND s.settled_at > CAST($as_of AS TIMESTAMP) - INTERVAL '3' DAY
            )
          )
        GROUP BY
          e.member_id
        HAVING
          COUNT(*) >= 2
      )
      THEN 'frequency_cap'
      WHEN NOT (
        (
          EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
        ) >= 480
        AND (
          EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
        ) < 1200
      )
      THEN 'quiet_hours'
    END AS limits,
    TRUE AS awake,
    h.zone AS time_zone
  FROM (
    SELECT
      h.*,
      CAST($as_of AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE h.zone AS local_now
    FROM (
      SELECT
        h.*,
        COALESCE(
          (
            SELECT
              MIN(z.name)
            FROM "ledger"."zones" AS z
            JOIN (
              SELECT
                c."customer_id" AS member_id,
                c."time_zone" AS zone
              FROM "shop"."customers" AS c
            ) AS c
              ON c.zone = z.name
            WHERE
              c.member_id = h.member_id
          ),
          'UTC'
        ) AS zone
      FROM here AS h
    ) AS h
  ) AS h
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
    FROM "shop"."customers" AS c
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
  'scenario_contact_policy',
  'letter',
  $wave,
  o.member_id,
  o.visit_no,
  MD5(
    CAST('scenario_contact_policy' AS TEXT) || '/' || CAST('letter' AS TEXT) || '/' || CAST(o.member_id AS TEXT) || '/' || CAST(o.visit_no AS TEXT)
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
  'letter',
  1,
  o.time_zone,
  3
FROM now_due AS o;
-- :p0 = 'email'
-- at run time: as_of, since_version, wave

-- step letter (deliver): delivery.intend[1]
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
  'letter',
  'suppressed',
  i.reason,
  CAST(NULL AS TEXT),
  i.planned_at
FROM "ledger"."intents" AS i
WHERE
  i.journey_id = 'scenario_contact_policy'
  AND i.node_id = 'letter'
  AND i.wave = $wave
  AND NOT i.reason IS NULL;
-- at run time: wave

-- step letter (deliver): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_contact_policy', $wave, 'letter', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step letter (deliver): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_contact_policy'
  AND m.from_node = 'letter'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step letter (deliver): delivery.marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_contact_policy', $wave, 'letter', 'intend', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step letter (deliver): delivery.chunks
SELECT
  COALESCE(MAX(i.chunk) + 1, 0),
  COUNT(*),
  COUNT(i.reason)
FROM "ledger"."intents" AS i
WHERE
  i.journey_id = 'scenario_contact_policy'
  AND i.node_id = 'letter'
  AND i.wave = $wave;
-- at run time: wave

-- step letter (deliver): delivery.recipients
SELECT
  i.delivery_key,
  CASE
    WHEN EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_contact_policy'
        AND d.from_node = 'letter'
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
          FROM "shop"."consents" AS k
          WHERE
            k."customer_id" = i.member_id AND k."purpose" = $p0 AND k."granted"
        )
        AND NOT EXISTS(
          SELECT
            1
          FROM "shop"."consents" AS k
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
    WHEN i.delivery_key IN (
      SELECT
        k.delivery_key
      FROM "ledger"."intents" AS k
      JOIN "ledger"."intents" AS e
        ON e.member_id = k.member_id
        AND NOT (
          e.journey_id = 'scenario_contact_policy'
          AND e.node_id = 'letter'
          AND e.delivery_key = k.delivery_key
        )
      LEFT JOIN "ledger"."deliveries" AS s
        ON s.journey_id = e.journey_id
        AND s.node_id = e.node_id
        AND s.delivery_key = e.delivery_key
      WHERE
        k.journey_id = 'scenario_contact_policy'
        AND k.node_id = 'letter'
        AND k.wave = $wave
        AND k.chunk = $chunk
        AND e.planned_at > CAST($as_of AS TIMESTAMP) - INTERVAL '10' DAY
        AND e.reason IS NULL
        AND e.channel IN ('letter')
        AND (
          (
            s.outcome IN ('accepted', 'unknown')
            AND s.settled_at > CAST($as_of AS TIMESTAMP) - INTERVAL '3' DAY
          )
          OR (
            s.outcome IS NULL
            AND (
              COALESCE(e.urgency, 3) < 3
              OR (
                COALESCE(e.urgency, 3) = 3
                AND (
                  e.planned_at < k.planned_at
                  OR (
                    e.planned_at = k.planned_at AND e.delivery_key < k.delivery_key
                  )
                )
              )
            )
          )
        )
      GROUP BY
        k.delivery_key
      HAVING
        COUNT(*) >= 2
    )
    THEN 'frequency_cap'
    WHEN (
      (
        EXTRACT(HOUR FROM i.local_now) * 60 + EXTRACT(MINUTE FROM i.local_now)
      ) >= 1200
      OR (
        EXTRACT(HOUR FROM i.local_now) * 60 + EXTRACT(MINUTE FROM i.local_now)
      ) < 480
    )
    THEN 'quiet_hours'
  END AS reason,
  CASE
    WHEN i.delivery_key IN (
      SELECT
        k.delivery_key
      FROM "ledger"."intents" AS k
      JOIN "ledger"."intents" AS e
        ON e.member_id = k.member_id
        AND NOT (
          e.journey_id = 'scenario_contact_policy'
          AND e.node_id = 'letter'
          AND e.delivery_key = k.delivery_key
        )
      LEFT JOIN "ledger"."deliveries" AS s
        ON s.journey_id = e.journey_id
        AND s.node_id = e.node_id
        AND s.delivery_key = e.delivery_key
      WHERE
        k.journey_id = 'scenario_contact_policy'
        AND k.node_id = 'letter'
        AND k.wave = $wave
        AND k.chunk = $chunk
        AND e.planned_at > CAST($as_of AS TIMESTAMP) - INTERVAL '10' DAY
        AND e.reason IS NULL
        AND e.channel IN ('letter')
        AND (
          (
            s.outcome IN ('accepted', 'unknown')
            AND s.settled_at > CAST($as_of AS TIMESTAMP) - INTERVAL '3' DAY
          )
          OR (
            s.outcome IS NULL
            AND (
              COALESCE(e.urgency, 3) <> 3
              OR (
                COALESCE(e.urgency, 3) = 3
                AND (
                  e.planned_at < k.planned_at
                  OR (
                    e.planned_at = k.planned_at AND e.delivery_key < k.delivery_key
                  )
                )
              )
            )
          )
        )
      GROUP BY
        k.delivery_key
      HAVING
        COUNT(*) >= 2
    )
    THEN COALESCE(CAST(NULL AS TIMESTAMP), CAST($as_of AS TIMESTAMP) + INTERVAL '1' MINUTE)
    ELSE CAST(NULL AS TIMESTAMP)
  END AS wakes_at,
  CASE
    WHEN NOT (
      (
        EXTRACT(HOUR FROM i.local_now) * 60 + EXTRACT(MINUTE FROM i.local_now)
      ) >= 1200
      OR (
        EXTRACT(HOUR FROM i.local_now) * 60 + EXTRACT(MINUTE FROM i.local_now)
      ) < 480
    )
    THEN CAST(CAST(CAST(i.local_now AS DATE) + INTERVAL (
      CASE
        WHEN (
          EXTRACT(HOUR FROM i.local_now) * 60 + EXTRACT(MINUTE FROM i.local_now)
        ) >= 1200
        THEN 1
        ELSE 0
      END
    ) DAY AS TIMESTAMP) + INTERVAL '1200' MINUTE AS TIMESTAMP) AT TIME ZONE i.zone AT TIME ZONE 'UTC'
  END AS sleeps_at,
  p.c0
FROM (
  SELECT
    i.delivery_key,
    i.member_id,
    i.visit_no,
    COALESCE(i.time_zone, 'UTC') AS zone,
    CAST($as_of AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(i.time_zone, 'UTC') AS local_now
  FROM "ledger"."intents" AS i
  WHERE
    i.journey_id = 'scenario_contact_policy'
    AND i.node_id = 'letter'
    AND i.wave = $wave
    AND i.chunk = $chunk
) AS i
LEFT JOIN (
  SELECT
    c."customer_id" AS member_id,
    c."email" AS c0
  FROM "shop"."customers" AS c
) AS p
  ON p.member_id = i.member_id
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."deliveries" AS s
    WHERE
      s.journey_id = 'scenario_contact_policy'
      AND s.node_id = 'letter'
      AND s.wave = $wave
      AND s.delivery_key = i.delivery_key
  )
ORDER BY
  i.delivery_key NULLS FIRST,
  p.c0;
-- :p0 = 'email'
-- at run time: as_of, chunk, wave

-- step letter (deliver): delivery.settle
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
  'letter',
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
  AND i.journey_id = 'scenario_contact_policy'
  AND i.node_id = 'letter'
  AND i.wave = $wave
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."deliveries" AS s
    WHERE
      s.journey_id = 'scenario_contact_policy'
      AND s.node_id = 'letter'
      AND s.wave = $wave
      AND s.delivery_key = r.delivery_key
  );
-- at run time: rows, wave

-- step letter (deliver): delivery.settled
SELECT
  s.outcome,
  COUNT(*)
FROM "ledger"."intents" AS i
LEFT JOIN "ledger"."deliveries" AS s
  ON s.delivery_key = i.delivery_key
  AND s.journey_id = 'scenario_contact_policy'
  AND s.node_id = 'letter'
  AND s.wave = $wave
WHERE
  i.journey_id = 'scenario_contact_policy'
  AND i.node_id = 'letter'
  AND i.wave = $wave
  AND i.chunk = $chunk
GROUP BY
  s.outcome;
-- at run time: chunk, wave

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
  a.journey_id = 'scenario_contact_policy'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_contact_policy'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
