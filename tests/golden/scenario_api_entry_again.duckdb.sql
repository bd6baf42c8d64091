-- step desk (enter): writes[0]
INSERT INTO "ledger"."taken" (
  journey_id,
  request_key,
  entry_node,
  wave
)
SELECT
  q.journey_id,
  q.request_key,
  q.entry_node,
  $wave
FROM "ledger"."requests" AS q
WHERE
  q.journey_id = 'scenario_api_entry_again'
  AND q.entry_node = 'desk'
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."taken" AS t
    WHERE
      t.journey_id = 'scenario_api_entry_again' AND t.request_key = q.request_key
  );
-- at run time: wave

-- step desk (enter): writes[1]
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
  'scenario_api_entry_again',
  n.member_id,
  CAST(COALESCE(b.visit_no, 0) + 1 AS INT),
  1,
  'desk',
  $wave,
  n.happened_at,
  n.visit_key
FROM (
  SELECT
    g.member_id,
    g.visit_key,
    CAST($as_of AS TIMESTAMP) AS happened_at,
    CASE
      WHEN g.of_run = 0
      THEN 'stopped'
      WHEN c.member_id IS NULL
      THEN 'no_customer'
      ELSE NULL
    END AS unfit
  FROM (
    SELECT
      i.member_id,
      CAST(NULL AS TEXT) AS visit_key,
      MAX(CASE WHEN q.run_at = CAST($run_at AS TIMESTAMP) THEN 1 ELSE 0 END) AS of_run
    FROM "ledger"."taken" AS t
    JOIN "ledger"."requests" AS q
      ON q.journey_id = 'scenario_api_entry_again' AND q.request_key = t.request_key
    JOIN "ledger"."inbox" AS i
      ON i.journey_id = 'scenario_api_entry_again' AND i.request_key = t.request_key
    WHERE
      t.journey_id = 'scenario_api_entry_again'
      AND t.entry_node = 'desk'
      AND t.wave = $wave
    GROUP BY
      i.member_id
  ) AS g
  LEFT JOIN (
    SELECT DISTINCT
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
  ) AS c
    ON c.member_id = g.member_id
) AS n
LEFT JOIN (
  SELECT
    v.member_id,
    MAX(v.visit_no) AS visit_no
  FROM "ledger"."visits" AS v
  WHERE
    v.journey_id = 'scenario_api_entry_again'
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
        ON e.journey_id = 'scenario_api_entry_again'
        AND e.member_id = v.member_id
        AND e.visit_no = v.visit_no
        AND e.ended
        AND e.moved_at <= CAST($as_of AS TIMESTAMP)
        AND NOT COALESCE(e.reason, '') IN ('holdout', 'removed')
      WHERE
        v.journey_id = 'scenario_api_entry_again'
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
      x.journey_id = 'scenario_api_entry_again'
      AND x.member_id = n.member_id
      AND x.reason = 'removed'
  );
-- at run time: as_of, run_at, wave

-- step desk (enter): writes[2]
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
  'scenario_api_entry_again',
  n.member_id,
  'desk',
  COALESCE(n.unfit, 'reentry'),
  $wave,
  CAST($as_of AS TIMESTAMP),
  n.visit_key,
  n.happened_at
FROM (
  SELECT
    g.member_id,
    g.visit_key,
    CAST($as_of AS TIMESTAMP) AS happened_at,
    CASE
      WHEN g.of_run = 0
      THEN 'stopped'
      WHEN c.member_id IS NULL
      THEN 'no_customer'
      ELSE NULL
    END AS unfit
  FROM (
    SELECT
      i.member_id,
      CAST(NULL AS TEXT) AS visit_key,
      MAX(CASE WHEN q.run_at = CAST($run_at AS TIMESTAMP) THEN 1 ELSE 0 END) AS of_run
    FROM "ledger"."taken" AS t
    JOIN "ledger"."requests" AS q
      ON q.journey_id = 'scenario_api_entry_again' AND q.request_key = t.request_key
    JOIN "ledger"."inbox" AS i
      ON i.journey_id = 'scenario_api_entry_again' AND i.request_key = t.request_key
    WHERE
      t.journey_id = 'scenario_api_entry_again'
      AND t.entry_node = 'desk'
      AND t.wave = $wave
    GROUP BY
      i.member_id
  ) AS g
  LEFT JOIN (
    SELECT DISTINCT
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
  ) AS c
    ON c.member_id = g.member_id
) AS n
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "ledger"."visits" AS v
    WHERE
      v.journey_id = 'scenario_api_entry_again'
      AND v.entry_node = 'desk'
      AND v.wave = $wave
      AND v.member_id = n.member_id
      AND v.visit_key IS NOT DISTINCT FROM n.visit_key
  );
-- at run time: as_of, run_at, wave

-- step desk (enter): writes[3]
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
  'desk',
  'next',
  'hour',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_api_entry_again'
  AND v.entry_node = 'desk'
  AND v.wave = $wave;
-- at run time: as_of, wave

-- step desk (enter): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_api_entry_again', $wave, 'desk', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step desk (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_api_entry_again'
  AND m.from_node = 'desk'
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
    a.journey_id = 'scenario_api_entry_again'
    AND a.to_node = 'hour'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_api_entry_again'
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
  'scenario_api_entry_again',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'hour',
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

-- step hour (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_api_entry_again', $wave, 'hour', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step hour (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_api_entry_again'
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
  a.journey_id = 'scenario_api_entry_again'
  AND a.to_node = 'hour'
  AND NOT a.ended
  AND a.version BETWEEN $since_version AND 1
  AND a.moved_at > CAST($as_of AS TIMESTAMP) - INTERVAL '1' HOUR;
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
  a.journey_id = 'scenario_api_entry_again'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_api_entry_again'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
