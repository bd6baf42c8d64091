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
  'scenario_always_on',
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
      NOT c."customer_id" IS NULL AND c."points" > $p0
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
      v.journey_id = 'scenario_always_on' AND v.member_id = m.member_id
  );
-- :p0 = 5.0
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
  'day',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_always_on'
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
  ('scenario_always_on', $wave, 'audience', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step audience (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_always_on'
  AND m.from_node = 'audience'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step day (move): writes[0]
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
    a.journey_id = 'scenario_always_on'
    AND a.to_node = 'day'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_always_on'
        AND d.from_node = 'day'
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
    h.arrived_at + INTERVAL '1' DAY <= CAST($as_of AS TIMESTAMP)
)
SELECT
  'scenario_always_on',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'day',
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

-- step day (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_always_on', $wave, 'day', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step day (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_always_on' AND m.from_node = 'day' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step day (move): next_due
SELECT
  MIN(a.moved_at)
FROM "ledger"."moves" AS a
WHERE
  a.journey_id = 'scenario_always_on'
  AND a.to_node = 'day'
  AND NOT a.ended
  AND a.version BETWEEN $since_version AND 1
  AND a.moved_at > CAST($as_of AS TIMESTAMP) - INTERVAL '1' DAY;
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
  a.journey_id = 'scenario_always_on'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_always_on'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
