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
  'scenario_splits_and_merges',
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
      v.journey_id = 'scenario_splits_and_merges' AND v.member_id = m.member_id
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
  'country',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_splits_and_merges'
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
    'scenario_splits_and_merges',
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
  m.journey_id = 'scenario_splits_and_merges'
  AND m.from_node = 'audience'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step country (move): writes[0]
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
    a.journey_id = 'scenario_splits_and_merges'
    AND a.to_node = 'country'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_splits_and_merges'
        AND d.from_node = 'country'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    CASE
      WHEN h."member_id" IN (
        SELECT
          c."customer_id" AS member_id
        FROM "shop"."customers" AS c
        WHERE
          NOT c."customer_id" IS NULL AND c."country" = $p0
      )
      THEN 'german'
      WHEN h."member_id" IN (
        SELECT
          c."customer_id" AS member_id
        FROM "shop"."customers" AS c
        WHERE
          NOT c."customer_id" IS NULL AND c."country" IN ($p1, $p2)
      )
      THEN 'europe'
      ELSE 'else'
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'scenario_splits_and_merges',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'country',
  l.port,
  CASE l.port
    WHEN 'german'
    THEN 'rest'
    WHEN 'europe'
    THEN 'rich'
    WHEN 'else'
    THEN NULL
  END,
  CASE l.port WHEN 'german' THEN FALSE WHEN 'europe' THEN FALSE WHEN 'else' THEN TRUE END,
  CASE l.port
    WHEN 'german'
    THEN NULL
    WHEN 'europe'
    THEN NULL
    WHEN 'else'
    THEN 'end_of_path'
  END,
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- :p0 = 'DE'
-- :p1 = 'DE'
-- :p2 = 'FR'
-- at run time: as_of, since_version, wave

-- step country (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  (
    'scenario_splits_and_merges',
    $wave,
    'country',
    'move',
    CAST($as_of AS TIMESTAMP)
  );
-- at run time: as_of, wave

-- step country (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_splits_and_merges'
  AND m.from_node = 'country'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step rich (move): writes[0]
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
    a.journey_id = 'scenario_splits_and_merges'
    AND a.to_node = 'rich'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_splits_and_merges'
        AND d.from_node = 'rich'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    CASE
      WHEN h."member_id" IN (
        SELECT
          c."customer_id" AS member_id
        FROM "shop"."customers" AS c
        WHERE
          NOT c."customer_id" IS NULL AND c."points" >= $p0
      )
      THEN 'yes'
      ELSE 'no'
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'scenario_splits_and_merges',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'rich',
  l.port,
  CASE l.port WHEN 'yes' THEN 'rest' WHEN 'no' THEN 'poor' END,
  CASE l.port WHEN 'yes' THEN FALSE WHEN 'no' THEN TRUE END,
  CASE l.port WHEN 'yes' THEN NULL WHEN 'no' THEN 'exit:poor' END,
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- :p0 = 5.0
-- at run time: as_of, since_version, wave

-- step rich (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_splits_and_merges', $wave, 'rich', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step rich (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_splits_and_merges'
  AND m.from_node = 'rich'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

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
    a.journey_id = 'scenario_splits_and_merges'
    AND a.to_node = 'rest'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_splits_and_merges'
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
    h.arrived_at + INTERVAL '1' DAY <= CAST($as_of AS TIMESTAMP)
)
SELECT
  'scenario_splits_and_merges',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'rest',
  l.port,
  'end',
  TRUE,
  'exit:seen',
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
  ('scenario_splits_and_merges', $wave, 'rest', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step rest (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_splits_and_merges'
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
  a.journey_id = 'scenario_splits_and_merges'
  AND a.to_node = 'rest'
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
  a.journey_id = 'scenario_splits_and_merges'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_splits_and_merges'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
