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
  'scenario_message_events',
  m.member_id,
  1,
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
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."visits" AS v
    WHERE
      v.journey_id = 'scenario_message_events' AND v.member_id = m.member_id
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
  v.journey_id = 'scenario_message_events'
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
  ('scenario_message_events', $wave, 'audience', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step audience (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_message_events'
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
    ON s.journey_id = 'scenario_message_events'
    AND s.node_id = 'letter'
    AND s.member_id = a.member_id
    AND s.visit_no = a.visit_no
  WHERE
    a.journey_id = 'scenario_message_events'
    AND a.to_node = 'letter'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_message_events'
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
  'scenario_message_events',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'letter',
  l.port,
  'clicks',
  FALSE,
  CAST(NULL AS TEXT),
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
    a.journey_id = 'scenario_message_events'
    AND a.to_node = 'letter'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_message_events'
        AND d.from_node = 'letter'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."intents" AS i
      WHERE
        i.journey_id = 'scenario_message_events'
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
  'scenario_message_events',
  'letter',
  $wave,
  o.member_id,
  o.visit_no,
  MD5(
    CAST('scenario_message_events' AS TEXT) || '/' || CAST('letter' AS TEXT) || '/' || CAST(o.member_id AS TEXT) || '/' || CAST(o.visit_no AS TEXT)
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
  i.journey_id = 'scenario_message_events'
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
  ('scenario_message_events', $wave, 'letter', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step letter (deliver): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_message_events'
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
  ('scenario_message_events', $wave, 'letter', 'intend', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step letter (deliver): delivery.chunks
SELECT
  COALESCE(MAX(i.chunk) + 1, 0),
  COUNT(*),
  COUNT(i.reason)
FROM "ledger"."intents" AS i
WHERE
  i.journey_id = 'scenario_message_events'
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
        d.journey_id = 'scenario_message_events'
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
  END AS reason,
  CAST(NULL AS TIMESTAMP) AS wakes_at,
  CAST(NULL AS TIMESTAMP) AS sleeps_at,
  p.c0
FROM (
  SELECT
    i.delivery_key,
    i.member_id,
    i.visit_no
  FROM "ledger"."intents" AS i
  WHERE
    i.journey_id = 'scenario_message_events'
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
      s.journey_id = 'scenario_message_events'
      AND s.node_id = 'letter'
      AND s.wave = $wave
      AND s.delivery_key = i.delivery_key
  )
ORDER BY
  i.delivery_key NULLS FIRST,
  p.c0;
-- :p0 = 'email'
-- at run time: chunk, wave

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
  AND i.journey_id = 'scenario_message_events'
  AND i.node_id = 'letter'
  AND i.wave = $wave
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."deliveries" AS s
    WHERE
      s.journey_id = 'scenario_message_events'
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
  AND s.journey_id = 'scenario_message_events'
  AND s.node_id = 'letter'
  AND s.wave = $wave
WHERE
  i.journey_id = 'scenario_message_events'
  AND i.node_id = 'letter'
  AND i.wave = $wave
  AND i.chunk = $chunk
GROUP BY
  s.outcome;
-- at run time: chunk, wave

-- step clicks (move): writes[0]
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
    a.journey_id = 'scenario_message_events'
    AND a.to_node = 'clicks'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_message_events'
        AND d.from_node = 'clicks'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    CASE
      WHEN CAST($as_of AS TIMESTAMP) <= h.arrived_at + INTERVAL '1' DAY
      AND (h.member_id, h.visit_no) IN (
        SELECT
          e.member_id,
          e.visit_no
        FROM "ledger"."message_events" AS e
        WHERE
          e.journey_id = 'scenario_message_events'
          AND e.node_id = 'letter'
          AND e.kind = 'clicked'
          AND e.happened_at <= CAST($as_of AS TIMESTAMP)
      )
      THEN 'met'
      WHEN CAST($as_of AS TIMESTAMP) >= h.arrived_at + INTERVAL '1' DAY
      THEN 'timed_out'
      ELSE NULL
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'scenario_message_events',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'clicks',
  l.port,
  CASE l.port WHEN 'met' THEN 'yes' WHEN 'timed_out' THEN 'back' END,
  CASE l.port WHEN 'met' THEN TRUE WHEN 'timed_out' THEN FALSE END,
  CASE l.port WHEN 'met' THEN 'exit:clicked' WHEN 'timed_out' THEN NULL END,
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step clicks (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_message_events', $wave, 'clicks', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step clicks (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_message_events'
  AND m.from_node = 'clicks'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step clicks (move): next_due
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'scenario_message_events'
    AND a.to_node = 'clicks'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_message_events'
        AND d.from_node = 'clicks'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
)
SELECT
  MIN(
    CASE
      WHEN (
        CAST($as_of AS TIMESTAMP) + INTERVAL '1' HOUR
      ) IS NULL
      OR (
        h.arrived_at + INTERVAL '1' DAY
      ) IS NULL
      THEN NULL
      ELSE LEAST(CAST($as_of AS TIMESTAMP) + INTERVAL '1' HOUR, h.arrived_at + INTERVAL '1' DAY)
    END
  ),
  MIN(h.arrived_at + INTERVAL '1' DAY)
FROM here AS h;
-- at run time: as_of, since_version

-- step back (move): writes[0]
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
    a.journey_id = 'scenario_message_events'
    AND a.to_node = 'back'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_message_events'
        AND d.from_node = 'back'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    CASE
      WHEN (h.member_id, h.visit_no) IN (
        SELECT
          e.member_id,
          e.visit_no
        FROM "ledger"."message_events" AS e
        WHERE
          e.journey_id = 'scenario_message_events'
          AND e.node_id = 'letter'
          AND e.kind = 'bounced'
          AND e.happened_at <= CAST($as_of AS TIMESTAMP)
      )
      AND NOT COALESCE(
        (h.member_id, h.visit_no) IN (
          SELECT
            e.member_id,
            e.visit_no
          FROM "ledger"."message_events" AS e
          WHERE
            e.journey_id = 'scenario_message_events'
            AND e.node_id = 'letter'
            AND e.kind = 'opened'
            AND e.happened_at <= CAST($as_of AS TIMESTAMP)
        ),
        FALSE
      )
      THEN 'yes'
      ELSE 'no'
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'scenario_message_events',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'back',
  l.port,
  CASE l.port WHEN 'yes' THEN 'gone' WHEN 'no' THEN 'quiet' END,
  TRUE,
  CASE l.port WHEN 'yes' THEN 'exit:gone' WHEN 'no' THEN 'exit:quiet' END,
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step back (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_message_events', $wave, 'back', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step back (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_message_events'
  AND m.from_node = 'back'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

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
  a.journey_id = 'scenario_message_events'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_message_events'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
