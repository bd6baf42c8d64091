-- step loyal (enter): writes[0]
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
  'scenario_two_entries',
  m.member_id,
  1,
  1,
  'loyal',
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM (
  SELECT
    c."customer_id" AS member_id
  FROM "shop"."customers" AS c
  WHERE
    (
      NOT c."customer_id" IS NULL AND c."points" >= $p0
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
      v.journey_id = 'scenario_two_entries' AND v.member_id = m.member_id
  );
-- :p0 = 5.0
-- at run time: as_of, wave

-- step loyal (enter): writes[1]
INSERT INTO "ledger"."refusals" (
  journey_id,
  member_id,
  entry_node,
  reason,
  wave,
  refused_at
)
SELECT DISTINCT
  'scenario_two_entries',
  m.member_id,
  'loyal',
  'reentry',
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM (
  SELECT
    c."customer_id" AS member_id
  FROM "shop"."customers" AS c
  WHERE
    (
      NOT c."customer_id" IS NULL AND c."points" >= $p0
    )
    AND NOT c."customer_id" IN (
      SELECT
        x.member_id
      FROM "ledger"."erasures" AS x
    )
) AS m
JOIN "ledger"."visits" AS v
  ON v.journey_id = 'scenario_two_entries'
  AND v.member_id = m.member_id
  AND v.entry_node <> 'loyal'
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."refusals" AS r
    WHERE
      r.journey_id = 'scenario_two_entries'
      AND r.entry_node = 'loyal'
      AND r.member_id = m.member_id
  );
-- :p0 = 5.0
-- at run time: as_of, wave

-- step loyal (enter): writes[2]
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
  'loyal',
  'next',
  'a',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_two_entries'
  AND v.entry_node = 'loyal'
  AND v.wave = $wave;
-- at run time: as_of, wave

-- step loyal (enter): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_two_entries', $wave, 'loyal', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step loyal (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_two_entries' AND m.from_node = 'loyal' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step everybody (enter): writes[0]
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
  'scenario_two_entries',
  m.member_id,
  1,
  1,
  'everybody',
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
      v.journey_id = 'scenario_two_entries' AND v.member_id = m.member_id
  );
-- at run time: as_of, wave

-- step everybody (enter): writes[1]
INSERT INTO "ledger"."refusals" (
  journey_id,
  member_id,
  entry_node,
  reason,
  wave,
  refused_at
)
SELECT DISTINCT
  'scenario_two_entries',
  m.member_id,
  'everybody',
  'reentry',
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
JOIN "ledger"."visits" AS v
  ON v.journey_id = 'scenario_two_entries'
  AND v.member_id = m.member_id
  AND v.entry_node <> 'everybody'
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."refusals" AS r
    WHERE
      r.journey_id = 'scenario_two_entries'
      AND r.entry_node = 'everybody'
      AND r.member_id = m.member_id
  );
-- at run time: as_of, wave

-- step everybody (enter): writes[2]
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
  'everybody',
  'next',
  'b',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_two_entries'
  AND v.entry_node = 'everybody'
  AND v.wave = $wave;
-- at run time: as_of, wave

-- step everybody (enter): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_two_entries', $wave, 'everybody', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step everybody (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_two_entries'
  AND m.from_node = 'everybody'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step a (move): writes[0]
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
    a.journey_id = 'scenario_two_entries'
    AND a.to_node = 'a'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_two_entries'
        AND d.from_node = 'a'
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
  'scenario_two_entries',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'a',
  l.port,
  CAST(NULL AS TEXT),
  TRUE,
  'end_of_path',
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step a (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_two_entries', $wave, 'a', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step a (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_two_entries' AND m.from_node = 'a' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step a (move): next_due
SELECT
  MIN(a.moved_at)
FROM "ledger"."moves" AS a
WHERE
  a.journey_id = 'scenario_two_entries'
  AND a.to_node = 'a'
  AND NOT a.ended
  AND a.version BETWEEN $since_version AND 1
  AND a.moved_at > CAST($as_of AS TIMESTAMP) - INTERVAL '1' DAY;
-- at run time: as_of, since_version

-- step b (move): writes[0]
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
    a.journey_id = 'scenario_two_entries'
    AND a.to_node = 'b'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_two_entries'
        AND d.from_node = 'b'
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
  'scenario_two_entries',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'b',
  l.port,
  CAST(NULL AS TEXT),
  TRUE,
  'end_of_path',
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step b (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_two_entries', $wave, 'b', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step b (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_two_entries' AND m.from_node = 'b' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step b (move): next_due
SELECT
  MIN(a.moved_at)
FROM "ledger"."moves" AS a
WHERE
  a.journey_id = 'scenario_two_entries'
  AND a.to_node = 'b'
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
  a.journey_id = 'scenario_two_entries'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_two_entries'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
