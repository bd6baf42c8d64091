-- step bought (enter): writes[0]
INSERT INTO "ledger"."visits" (
  journey_id,
  member_id,
  visit_no,
  version,
  entry_node,
  wave,
  entered_at,
  visit_key
)
SELECT
  'scenario_event_entry_again',
  n.member_id,
  CAST(COALESCE(b.visit_no, 0) + 1 AS INT),
  1,
  'bought',
  $wave,
  n.happened_at,
  n.visit_key
FROM (
  SELECT
    s.member_id,
    s.visit_key,
    s.happened_at,
    CAST(NULL AS TEXT) AS unfit
  FROM (
    SELECT
      e."customer_id" AS member_id,
      CAST(NULL AS TEXT) AS visit_key,
      MAX(e."purchased_at") AS happened_at
    FROM "shop"."purchases" AS e
    WHERE
      (
        (
          (
            NOT e."customer_id" IS NULL AND e."purchased_at" <= CAST($as_of AS TIMESTAMP)
          )
          AND e."purchased_at" > CAST($since AS TIMESTAMP)
        )
        AND e."customer_id" IN (
          SELECT
            c."customer_id" AS member_id
          FROM "shop"."customers" AS c
          WHERE
            NOT c."customer_id" IS NULL AND TRUE
        )
      )
      AND NOT e."customer_id" IN (
        SELECT
          x.member_id
        FROM "ledger"."erasures" AS x
      )
    GROUP BY
      e."customer_id"
  ) AS s
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM "ledger"."visits" AS v
      WHERE
        v.journey_id = 'scenario_event_entry_again'
        AND v.entry_node = 'bought'
        AND v.entered_at > CAST($since AS TIMESTAMP)
        AND v.member_id = s.member_id
        AND v.visit_key IS NOT DISTINCT FROM s.visit_key
        AND v.entered_at >= s.happened_at
    )
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."refusals" AS r
      WHERE
        r.journey_id = 'scenario_event_entry_again'
        AND r.entry_node = 'bought'
        AND r.happened_at > CAST($since AS TIMESTAMP)
        AND r.member_id = s.member_id
        AND r.visit_key IS NOT DISTINCT FROM s.visit_key
        AND r.happened_at >= s.happened_at
    )
) AS n
LEFT JOIN (
  SELECT
    v.member_id,
    MAX(v.visit_no) AS visit_no
  FROM "ledger"."visits" AS v
  WHERE
    v.journey_id = 'scenario_event_entry_again'
  GROUP BY
    v.member_id
) AS b
  ON b.member_id = n.member_id
WHERE
  n.unfit IS NULL
  AND NOT EXISTS(
    SELECT
      1
    FROM (
      SELECT
        v.member_id,
        v.visit_key
      FROM "ledger"."visits" AS v
      LEFT JOIN "ledger"."moves" AS e
        ON e.journey_id = 'scenario_event_entry_again'
        AND e.member_id = v.member_id
        AND e.visit_no = v.visit_no
        AND e.ended
        AND e.moved_at <= CAST($as_of AS TIMESTAMP) - INTERVAL '30' MINUTE
        AND NOT COALESCE(e.reason, '') IN ('holdout', 'removed')
      WHERE
        v.journey_id = 'scenario_event_entry_again'
        AND (
          e.member_id IS NULL OR v.wave >= $wave
        )
    ) AS o
    WHERE
      o.member_id = n.member_id
  )
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS x
    WHERE
      x.journey_id = 'scenario_event_entry_again'
      AND x.member_id = n.member_id
      AND x.reason = 'removed'
  );
-- at run time: as_of, since, wave

-- step bought (enter): writes[1]
INSERT INTO "ledger"."refusals" (
  journey_id,
  member_id,
  entry_node,
  reason,
  wave,
  refused_at,
  visit_key,
  happened_at
)
SELECT
  'scenario_event_entry_again',
  n.member_id,
  'bought',
  COALESCE(n.unfit, 'reentry'),
  $wave,
  CAST($as_of AS TIMESTAMP),
  n.visit_key,
  n.happened_at
FROM (
  SELECT
    s.member_id,
    s.visit_key,
    s.happened_at,
    CAST(NULL AS TEXT) AS unfit
  FROM (
    SELECT
      e."customer_id" AS member_id,
      CAST(NULL AS TEXT) AS visit_key,
      MAX(e."purchased_at") AS happened_at
    FROM "shop"."purchases" AS e
    WHERE
      (
        (
          (
            NOT e."customer_id" IS NULL AND e."purchased_at" <= CAST($as_of AS TIMESTAMP)
          )
          AND e."purchased_at" > CAST($since AS TIMESTAMP)
        )
        AND e."customer_id" IN (
          SELECT
            c."customer_id" AS member_id
          FROM "shop"."customers" AS c
          WHERE
            NOT c."customer_id" IS NULL AND TRUE
        )
      )
      AND NOT e."customer_id" IN (
        SELECT
          x.member_id
        FROM "ledger"."erasures" AS x
      )
    GROUP BY
      e."customer_id"
  ) AS s
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM "ledger"."visits" AS v
      WHERE
        v.journey_id = 'scenario_event_entry_again'
        AND v.entry_node = 'bought'
        AND v.entered_at > CAST($since AS TIMESTAMP)
        AND v.member_id = s.member_id
        AND v.visit_key IS NOT DISTINCT FROM s.visit_key
        AND v.entered_at >= s.happened_at
    )
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."refusals" AS r
      WHERE
        r.journey_id = 'scenario_event_entry_again'
        AND r.entry_node = 'bought'
        AND r.happened_at > CAST($since AS TIMESTAMP)
        AND r.member_id = s.member_id
        AND r.visit_key IS NOT DISTINCT FROM s.visit_key
        AND r.happened_at >= s.happened_at
    )
) AS n
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."visits" AS v
    WHERE
      v.journey_id = 'scenario_event_entry_again'
      AND v.entry_node = 'bought'
      AND v.wave = $wave
      AND v.member_id = n.member_id
      AND v.visit_key IS NOT DISTINCT FROM n.visit_key
  );
-- at run time: as_of, since, wave

-- step bought (enter): writes[2]
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
  'bought',
  'next',
  'hour',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_event_entry_again'
  AND v.entry_node = 'bought'
  AND v.wave = $wave;
-- at run time: as_of, wave

-- step bought (enter): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_event_entry_again', $wave, 'bought', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step bought (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_event_entry_again'
  AND m.from_node = 'bought'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step hour (move): writes[0]
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
    a.journey_id = 'scenario_event_entry_again'
    AND a.to_node = 'hour'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_event_entry_again'
        AND d.from_node = 'hour'
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
    h.arrived_at + INTERVAL '1' HOUR <= CAST($as_of AS TIMESTAMP)
)
SELECT
  'scenario_event_entry_again',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'hour',
  l.port,
  'again',
  FALSE,
  CAST(NULL AS TEXT),
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step hour (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_event_entry_again', $wave, 'hour', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step hour (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_event_entry_again'
  AND m.from_node = 'hour'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step hour (move): next_due
SELECT
  MIN(a.moved_at)
FROM "ledger"."moves" AS a
WHERE
  a.journey_id = 'scenario_event_entry_again'
  AND a.to_node = 'hour'
  AND NOT a.ended
  AND a.version BETWEEN $since_version AND 1
  AND a.moved_at > CAST($as_of AS TIMESTAMP) - INTERVAL '1' HOUR;
-- at run time: as_of, since_version

-- step again (move): writes[0]
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
    a.journey_id = 'scenario_event_entry_again'
    AND a.to_node = 'again'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_event_entry_again'
        AND d.from_node = 'again'
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
        FROM "shop"."purchases" AS e
        JOIN here AS x
          ON e."customer_id" = x."member_id" AND e."purchased_at" > x."entered_at"
        WHERE
          NOT e."customer_id" IS NULL AND e."purchased_at" <= CAST($as_of AS TIMESTAMP)
        GROUP BY
          x."member_id",
          x."visit_no"
        HAVING
          COUNT(*) >= $p0
      )
      THEN 'yes'
      ELSE 'no'
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'scenario_event_entry_again',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'again',
  l.port,
  CASE l.port WHEN 'yes' THEN 'back' WHEN 'no' THEN NULL END,
  TRUE,
  CASE l.port WHEN 'yes' THEN 'exit:back' WHEN 'no' THEN 'end_of_path' END,
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- :p0 = 1
-- at run time: as_of, since_version, wave

-- step again (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_event_entry_again', $wave, 'again', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step again (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_event_entry_again'
  AND m.from_node = 'again'
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
  a.journey_id = 'scenario_event_entry_again'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_event_entry_again'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
