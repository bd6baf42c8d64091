-- step first (enter): writes[0]
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
  'scenario_reentry_always',
  m.member_id,
  COALESCE(b.visit_no, 0) + 1,
  1,
  'first',
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
    v.journey_id = 'scenario_reentry_always'
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
        ON e.journey_id = 'scenario_reentry_always'
        AND e.member_id = v.member_id
        AND e.visit_no = v.visit_no
        AND e.ended
        AND e.moved_at <= CAST($as_of AS TIMESTAMP)
        AND NOT COALESCE(e.reason, '') IN ('holdout', 'removed')
      WHERE
        v.journey_id = 'scenario_reentry_always'
        AND (
          e.member_id IS NULL OR v.wave >= $wave
        )
    ) AS o
    WHERE
      o.member_id = m.member_id
  );
-- at run time: as_of, wave

-- step first (enter): writes[1]
INSERT INTO "ledger"."refusals" (
  journey_id,
  member_id,
  entry_node,
  reason,
  wave,
  refused_at
)
SELECT DISTINCT
  'scenario_reentry_always',
  m.member_id,
  'first',
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
  ON v.journey_id = 'scenario_reentry_always'
  AND v.member_id = m.member_id
  AND v.entry_node <> 'first'
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."refusals" AS r
    WHERE
      r.journey_id = 'scenario_reentry_always'
      AND r.entry_node = 'first'
      AND r.member_id = m.member_id
  )
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."visits" AS n
    WHERE
      n.journey_id = 'scenario_reentry_always'
      AND n.member_id = m.member_id
      AND n.entry_node = 'first'
      AND n.wave = $wave
  );
-- at run time: as_of, wave

-- step first (enter): writes[2]
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
  'first',
  'next',
  'rich',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_reentry_always'
  AND v.entry_node = 'first'
  AND v.wave = $wave;
-- at run time: as_of, wave

-- step first (enter): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_reentry_always', $wave, 'first', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step first (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_reentry_always'
  AND m.from_node = 'first'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step second (enter): writes[0]
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
  'scenario_reentry_always',
  m.member_id,
  COALESCE(b.visit_no, 0) + 1,
  1,
  'second',
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
    v.journey_id = 'scenario_reentry_always'
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
        ON e.journey_id = 'scenario_reentry_always'
        AND e.member_id = v.member_id
        AND e.visit_no = v.visit_no
        AND e.ended
        AND e.moved_at <= CAST($as_of AS TIMESTAMP)
        AND NOT COALESCE(e.reason, '') IN ('holdout', 'removed')
      WHERE
        v.journey_id = 'scenario_reentry_always'
        AND (
          e.member_id IS NULL OR v.wave >= $wave
        )
    ) AS o
    WHERE
      o.member_id = m.member_id
  );
-- at run time: as_of, wave

-- step second (enter): writes[1]
INSERT INTO "ledger"."refusals" (
  journey_id,
  member_id,
  entry_node,
  reason,
  wave,
  refused_at
)
SELECT DISTINCT
  'scenario_reentry_always',
  m.member_id,
  'second',
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
  ON v.journey_id = 'scenario_reentry_always'
  AND v.member_id = m.member_id
  AND v.entry_node <> 'second'
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."refusals" AS r
    WHERE
      r.journey_id = 'scenario_reentry_always'
      AND r.entry_node = 'second'
      AND r.member_id = m.member_id
  )
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."visits" AS n
    WHERE
      n.journey_id = 'scenario_reentry_always'
      AND n.member_id = m.member_id
      AND n.entry_node = 'second'
      AND n.wave = $wave
  );
-- at run time: as_of, wave

-- step second (enter): writes[2]
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
  'second',
  'next',
  'rich',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_reentry_always'
  AND v.entry_node = 'second'
  AND v.wave = $wave;
-- at run time: as_of, wave

-- step second (enter): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_reentry_always', $wave, 'second', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step second (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_reentry_always'
  AND m.from_node = 'second'
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
    a.journey_id = 'scenario_reentry_always'
    AND a.to_node = 'rich'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_reentry_always'
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
          NOT c."customer_id" IS NULL AND c."points" > $p0
      )
      THEN 'yes'
      ELSE 'no'
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'scenario_reentry_always',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'rich',
  l.port,
  CASE l.port WHEN 'yes' THEN 'done' WHEN 'no' THEN 'day' END,
  CASE l.port WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE END,
  CASE l.port WHEN 'yes' THEN 'exit:completed' WHEN 'no' THEN NULL END,
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
  ('scenario_reentry_always', $wave, 'rich', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step rich (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_reentry_always'
  AND m.from_node = 'rich'
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
    a.journey_id = 'scenario_reentry_always'
    AND a.to_node = 'day'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_reentry_always'
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
    h.arrived_at + INTERVAL '90' MINUTE <= CAST($as_of AS TIMESTAMP)
)
SELECT
  'scenario_reentry_always',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'day',
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

-- step day (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_reentry_always', $wave, 'day', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step day (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_reentry_always'
  AND m.from_node = 'day'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step day (move): next_due
SELECT
  MIN(a.moved_at)
FROM "ledger"."moves" AS a
WHERE
  a.journey_id = 'scenario_reentry_always'
  AND a.to_node = 'day'
  AND NOT a.ended
  AND a.version BETWEEN $since_version AND 1
  AND a.moved_at > CAST($as_of AS TIMESTAMP) - INTERVAL '90' MINUTE;
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
  a.journey_id = 'scenario_reentry_always'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_reentry_always'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
