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
  'scenario_wait_for',
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
      v.journey_id = 'scenario_wait_for' AND v.member_id = m.member_id
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
  'bought',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_wait_for'
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
  ('scenario_wait_for', $wave, 'audience', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step audience (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_wait_for' AND m.from_node = 'audience' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step bought (move): writes[0]
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
    a.journey_id = 'scenario_wait_for'
    AND a.to_node = 'bought'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_wait_for'
        AND d.from_node = 'bought'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    CASE
      WHEN CAST($as_of AS TIMESTAMP) <= h.arrived_at + INTERVAL '100' MINUTE
      AND (
        h."member_id" IN (
          SELECT
            c."customer_id" AS member_id
          FROM "shop"."customers" AS c
          WHERE
            NOT c."customer_id" IS NULL AND NOT c."points" IS NULL
        )
        OR (h."member_id", h."visit_no") IN (
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
      )
      THEN 'met'
      WHEN CAST($as_of AS TIMESTAMP) >= h.arrived_at + INTERVAL '100' MINUTE
      THEN 'timed_out'
      ELSE NULL
    END AS port
  FROM here AS h
  WHERE
    TRUE
)
SELECT
  'scenario_wait_for',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'bought',
  l.port,
  CASE l.port WHEN 'met' THEN 'yes' WHEN 'timed_out' THEN 'no' END,
  TRUE,
  CASE l.port WHEN 'met' THEN 'exit:bought' WHEN 'timed_out' THEN 'exit:not_bought' END,
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- :p0 = 1
-- at run time: as_of, since_version, wave

-- step bought (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_wait_for', $wave, 'bought', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step bought (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_wait_for' AND m.from_node = 'bought' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step bought (move): next_due
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'scenario_wait_for'
    AND a.to_node = 'bought'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_wait_for'
        AND d.from_node = 'bought'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
)
SELECT
  MIN(
    CASE
      WHEN (
        CAST($as_of AS TIMESTAMP) + INTERVAL '30' MINUTE
      ) IS NULL
      OR (
        h.arrived_at + INTERVAL '100' MINUTE
      ) IS NULL
      THEN NULL
      ELSE LEAST(
        CAST($as_of AS TIMESTAMP) + INTERVAL '30' MINUTE,
        h.arrived_at + INTERVAL '100' MINUTE
      )
    END
  ),
  MIN(h.arrived_at + INTERVAL '100' MINUTE)
FROM here AS h;
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
  a.journey_id = 'scenario_wait_for'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_wait_for'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
