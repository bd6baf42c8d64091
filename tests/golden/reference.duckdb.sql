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
  'reference',
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
      v.journey_id = 'reference' AND v.member_id = m.member_id
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
  'loves_bread',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'reference' AND v.entry_node = 'audience' AND v.wave = $wave;
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
  ('reference', $wave, 'audience', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step audience (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'reference' AND m.from_node = 'audience' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step loves_bread (move): writes[0]
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
    a.journey_id = 'reference'
    AND a.to_node = 'loves_bread'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'reference'
        AND d.from_node = 'loves_bread'
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
        FROM "grocery"."customers" AS c
        WHERE
          NOT c."customer_id" IS NULL
          AND EXISTS(
            SELECT
              1
            FROM "grocery"."propensities" AS r
            WHERE
              r."customer_id" = c."customer_id" AND r."bread" BETWEEN $p0 AND $p1
          )
      )
      THEN 'yes'
      ELSE 'no'
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'reference',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'loves_bread',
  l.port,
  CASE l.port WHEN 'yes' THEN 'arms' WHEN 'no' THEN 'pause' END,
  FALSE,
  CAST(NULL AS TEXT),
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- :p0 = 0.5
-- :p1 = 1.0
-- at run time: as_of, since_version, wave

-- step loves_bread (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('reference', $wave, 'loves_bread', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step loves_bread (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'reference' AND m.from_node = 'loves_bread' AND m.wave = $wave
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
    a.journey_id = 'reference'
    AND a.to_node = 'arms'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'reference'
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
          CAST('reference' AS TEXT) || '/' || CAST('arms' AS TEXT) || '/' || CAST(h.member_id AS TEXT)
        ),
        1,
        8
      ) AS BIGINT) % 10000 < 3334
      THEN 'a'
      WHEN CAST('0x' || SUBSTRING(
        MD5(
          CAST('reference' AS TEXT) || '/' || CAST('arms' AS TEXT) || '/' || CAST(h.member_id AS TEXT)
        ),
        1,
        8
      ) AS BIGINT) % 10000 < 6667
      THEN 'b'
      ELSE 'c'
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'reference',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'arms',
  l.port,
  'pause',
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
  ('reference', $wave, 'arms', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step arms (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'reference' AND m.from_node = 'arms' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step pause (move): writes[0]
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
    a.journey_id = 'reference'
    AND a.to_node = 'pause'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'reference'
        AND d.from_node = 'pause'
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
    h.arrived_at + INTERVAL '1' SECOND <= CAST($as_of AS TIMESTAMP)
)
SELECT
  'reference',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'pause',
  l.port,
  'recheck',
  FALSE,
  CAST(NULL AS TEXT),
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step pause (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('reference', $wave, 'pause', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step pause (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'reference' AND m.from_node = 'pause' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step pause (move): next_due
SELECT
  MIN(a.moved_at)
FROM "ledger"."moves" AS a
WHERE
  a.journey_id = 'reference'
  AND a.to_node = 'pause'
  AND NOT a.ended
  AND a.version BETWEEN $since_version AND 1
  AND a.moved_at > CAST($as_of AS TIMESTAMP) - INTERVAL '1' SECOND;
-- at run time: as_of, since_version

-- step recheck (move): writes[0]
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
    a.journey_id = 'reference'
    AND a.to_node = 'recheck'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'reference'
        AND d.from_node = 'recheck'
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
        FROM "grocery"."customers" AS c
        WHERE
          NOT c."customer_id" IS NULL
          AND EXISTS(
            SELECT
              1
            FROM "grocery"."propensities" AS r
            WHERE
              r."customer_id" = c."customer_id" AND r."soda" BETWEEN $p0 AND $p1
          )
      )
      THEN 'yes'
      ELSE 'no'
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'reference',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'recheck',
  l.port,
  CASE l.port WHEN 'yes' THEN 'yes' WHEN 'no' THEN 'no' END,
  TRUE,
  CASE l.port WHEN 'yes' THEN 'exit:loves_soda' WHEN 'no' THEN 'exit:completed' END,
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- :p0 = 0.5
-- :p1 = 1.0
-- at run time: as_of, since_version, wave

-- step recheck (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('reference', $wave, 'recheck', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step recheck (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'reference' AND m.from_node = 'recheck' AND m.wave = $wave
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
  a.journey_id = 'reference'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'reference'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave

-- transfer.standing
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.to_node
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'reference'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'reference'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
)
SELECT
  h.to_node,
  COUNT(*)
FROM here AS h
GROUP BY
  h.to_node;
-- at run time: since_version

-- transfer.taken
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.to_node
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'reference'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'reference'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
)
SELECT DISTINCT
  m.from_node,
  m.to_node
FROM "ledger"."moves" AS m
JOIN here AS h
  ON h.member_id = m.member_id AND h.visit_no = m.visit_no
WHERE
  m.journey_id = 'reference' AND NOT m.to_node IS NULL;
-- at run time: since_version

-- transfer.marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('reference', $wave, '*', 'transfer', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- transfer.writes[0]
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
    a.to_node
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'reference'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'reference'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
)
SELECT
  'reference',
  h.member_id,
  h.visit_no,
  1,
  h.entered_at,
  h.to_node,
  CAST(NULL AS TEXT),
  r.to_node,
  r.ended,
  'version',
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM here AS h
JOIN (
  SELECT
    UNNEST(
      FROM_JSON(
        CAST($rows AS JSON),
        '[{"from_node": "VARCHAR", "to_node": "VARCHAR", "ended": "BOOLEAN"}]'
      ),
      max_depth := 2
    )
) AS r
  ON r.from_node = h.to_node;
-- at run time: as_of, rows, since_version, wave
