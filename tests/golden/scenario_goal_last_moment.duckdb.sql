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
  'scenario_goal_last_moment',
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
      v.journey_id = 'scenario_goal_last_moment' AND v.member_id = m.member_id
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
  'rest',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_goal_last_moment'
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
  (
    'scenario_goal_last_moment',
    $wave,
    'audience',
    'move',
    CAST($as_of AS TIMESTAMP)
  );
-- at run time: as_of, wave

-- step audience (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_goal_last_moment'
  AND m.from_node = 'audience'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step * (look): writes[0]
INSERT INTO "ledger"."conversions" (
  journey_id,
  member_id,
  visit_no,
  version,
  wave,
  reached_at
)
WITH here AS (
  SELECT
    v.member_id,
    v.visit_no,
    v.entered_at
  FROM "ledger"."visits" AS v
  WHERE
    v.journey_id = 'scenario_goal_last_moment'
    AND v.version BETWEEN $since_version AND 1
    AND v.entered_at >= CAST($as_of AS TIMESTAMP) - INTERVAL '90' MINUTE
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."conversions" AS c
      WHERE
        c.journey_id = 'scenario_goal_last_moment'
        AND c.member_id = v.member_id
        AND c.visit_no = v.visit_no
    )
)
SELECT
  'scenario_goal_last_moment',
  h.member_id,
  h.visit_no,
  1,
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM here AS h
WHERE
  h."member_id" IN (
    SELECT
      c."customer_id" AS member_id
    FROM "shop"."customers" AS c
    WHERE
      NOT c."customer_id" IS NULL AND c."points" > $p0
  );
-- :p0 = 5.0
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
  ('scenario_goal_last_moment', $wave, '*', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step * (look): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_goal_last_moment'
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
    CASE
      WHEN c.member_id IS NULL
      AND v.entered_at > CAST($as_of AS TIMESTAMP) - INTERVAL '90' MINUTE
      THEN v.entered_at + INTERVAL '90' MINUTE
    END AS ends_at,
    e.member_id AS gone
  FROM "ledger"."visits" AS v
  LEFT JOIN "ledger"."conversions" AS c
    ON c.journey_id = 'scenario_goal_last_moment'
    AND c.member_id = v.member_id
    AND c.visit_no = v.visit_no
  LEFT JOIN "ledger"."moves" AS e
    ON e.journey_id = 'scenario_goal_last_moment'
    AND e.member_id = v.member_id
    AND e.visit_no = v.visit_no
    AND e.ended
  WHERE
    v.journey_id = 'scenario_goal_last_moment'
    AND v.version BETWEEN $since_version AND 1
) AS w
WHERE
  NOT w.ends_at IS NULL OR w.gone IS NULL;
-- at run time: as_of, since_version

-- step rest (move): writes[0]
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
    a.journey_id = 'scenario_goal_last_moment'
    AND a.to_node = 'rest'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_goal_last_moment'
        AND d.from_node = 'rest'
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
  'scenario_goal_last_moment',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'rest',
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

-- step rest (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_goal_last_moment', $wave, 'rest', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step rest (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_goal_last_moment'
  AND m.from_node = 'rest'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step rest (move): next_due
SELECT
  MIN(a.moved_at)
FROM "ledger"."moves" AS a
WHERE
  a.journey_id = 'scenario_goal_last_moment'
  AND a.to_node = 'rest'
  AND NOT a.ended
  AND a.version BETWEEN $since_version AND 1
  AND a.moved_at > CAST($as_of AS TIMESTAMP) - INTERVAL '2' DAY;
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
  a.journey_id = 'scenario_goal_last_moment'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_goal_last_moment'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
