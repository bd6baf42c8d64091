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
  'scenario_end_date',
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
      (
        NOT c."customer_id" IS NULL AND NOT c."points" IS NULL
      )
      AND NOT c."customer_id" IN (
        SELECT
          x.member_id
        FROM "ledger"."erasures" AS x
      )
    )
    AND CAST($as_of AS TIMESTAMP) < CAST($p0 AS TIMESTAMP)
) AS m
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."visits" AS v
    WHERE
      v.journey_id = 'scenario_end_date' AND v.member_id = m.member_id
  );
-- :p0 = '2026-03-04 09:00:00'
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
  'week',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_end_date'
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
  ('scenario_end_date', $wave, 'audience', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step audience (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_end_date' AND m.from_node = 'audience' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step * (look): writes[0]
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
    a.to_node AS node_id
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'scenario_end_date'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_end_date'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    h.node_id,
    CASE
      WHEN CAST($as_of AS TIMESTAMP) >= CAST($p0 AS TIMESTAMP)
      THEN 'journey_ended'
    END AS reason
  FROM here AS h
)
SELECT
  'scenario_end_date',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  l.node_id,
  CAST(NULL AS TEXT),
  CAST(NULL AS TEXT),
  TRUE,
  l.reason,
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.reason IS NULL;
-- :p0 = '2026-03-04 09:00:00'
-- at run time: as_of, since_version, wave

-- step * (look): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_end_date', $wave, '*', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step * (look): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_end_date'
  AND m.wave = $wave
  AND m.ended
  AND m.port IS NULL
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step * (look): watched
SELECT
  COUNT(*),
  MIN(w.ends_at)
FROM (
  SELECT
    CAST(NULL AS TIMESTAMP) AS ends_at,
    e.member_id AS gone
  FROM "ledger"."visits" AS v
  LEFT JOIN "ledger"."conversions" AS c
    ON c.journey_id = 'scenario_end_date'
    AND c.member_id = v.member_id
    AND c.visit_no = v.visit_no
  LEFT JOIN "ledger"."moves" AS e
    ON e.journey_id = 'scenario_end_date'
    AND e.member_id = v.member_id
    AND e.visit_no = v.visit_no
    AND e.ended
  WHERE
    v.journey_id = 'scenario_end_date' AND v.version BETWEEN $since_version AND 1
) AS w
WHERE
  NOT w.ends_at IS NULL OR w.gone IS NULL;
-- at run time: since_version

-- step week (move): writes[0]
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
    a.journey_id = 'scenario_end_date'
    AND a.to_node = 'week'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_end_date'
        AND d.from_node = 'week'
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
    h.arrived_at + INTERVAL '7' DAY <= CAST($as_of AS TIMESTAMP)
)
SELECT
  'scenario_end_date',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'week',
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

-- step week (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_end_date', $wave, 'week', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step week (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_end_date' AND m.from_node = 'week' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step week (move): next_due
SELECT
  MIN(a.moved_at)
FROM "ledger"."moves" AS a
WHERE
  a.journey_id = 'scenario_end_date'
  AND a.to_node = 'week'
  AND NOT a.ended
  AND a.version BETWEEN $since_version AND 1
  AND a.moved_at > CAST($as_of AS TIMESTAMP) - INTERVAL '7' DAY;
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
  a.journey_id = 'scenario_end_date'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_end_date'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
