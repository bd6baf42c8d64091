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
  'scenario_wait_window',
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
      v.journey_id = 'scenario_wait_window' AND v.member_id = m.member_id
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
  'office',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_wait_window'
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
  ('scenario_wait_window', $wave, 'audience', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step audience (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_wait_window'
  AND m.from_node = 'audience'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step office (move): writes[0]
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
    a.journey_id = 'scenario_wait_window'
    AND a.to_node = 'office'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_wait_window'
        AND d.from_node = 'office'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    CASE
      WHEN (
        DATE_DIFF('DAY', CAST('1900-01-01' AS DATE), CAST(h.local_now AS DATE))
      ) % 7 IN (0, 1, 2, 3, 4)
      AND (
        EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
      ) >= 600
      AND (
        EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
      ) < 720
      THEN 'next'
      ELSE NULL
    END AS port
  FROM (
    SELECT
      h.*,
      CAST($as_of AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE h.zone AS local_now
    FROM (
      SELECT
        h.*,
        COALESCE(
          (
            SELECT
              MIN(z.name)
            FROM "ledger"."zones" AS z
            JOIN (
              SELECT
                c."customer_id" AS member_id,
                c."time_zone" AS zone
              FROM "shop"."customers" AS c
            ) AS c
              ON c.zone = z.name
            WHERE
              c.member_id = h.member_id
          ),
          'UTC'
        ) AS zone
      FROM here AS h
    ) AS h
  ) AS h
  WHERE
    TRUE
)
SELECT
  'scenario_wait_window',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'office',
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

-- step office (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_wait_window', $wave, 'office', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step office (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_wait_window'
  AND m.from_node = 'office'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step office (move): next_due
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'scenario_wait_window'
    AND a.to_node = 'office'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_wait_window'
        AND d.from_node = 'office'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
)
SELECT
  MIN(
    CASE
      WHEN CAST(CAST(CAST(h.local_now AS DATE) + INTERVAL (
        CASE (
            DATE_DIFF('DAY', CAST('1900-01-01' AS DATE), CAST(h.local_now AS DATE))
          ) % 7
          WHEN 0
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 600
            THEN 1
            ELSE 0
          END
          WHEN 1
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 600
            THEN 1
            ELSE 0
          END
          WHEN 2
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 600
            THEN 1
            ELSE 0
          END
          WHEN 3
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 600
            THEN 1
            ELSE 0
          END
          WHEN 4
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 600
            THEN 3
            ELSE 0
          END
          WHEN 5
          THEN 2
          WHEN 6
          THEN 1
        END
      ) DAY AS TIMESTAMP) + INTERVAL '600' MINUTE AS TIMESTAMP) AT TIME ZONE h.zone AT TIME ZONE 'UTC' > CAST($as_of AS TIMESTAMP)
      THEN CAST(CAST(CAST(h.local_now AS DATE) + INTERVAL (
        CASE (
            DATE_DIFF('DAY', CAST('1900-01-01' AS DATE), CAST(h.local_now AS DATE))
          ) % 7
          WHEN 0
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 600
            THEN 1
            ELSE 0
          END
          WHEN 1
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 600
            THEN 1
            ELSE 0
          END
          WHEN 2
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 600
            THEN 1
            ELSE 0
          END
          WHEN 3
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 600
            THEN 1
            ELSE 0
          END
          WHEN 4
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 600
            THEN 3
            ELSE 0
          END
          WHEN 5
          THEN 2
          WHEN 6
          THEN 1
        END
      ) DAY AS TIMESTAMP) + INTERVAL '600' MINUTE AS TIMESTAMP) AT TIME ZONE h.zone AT TIME ZONE 'UTC'
      ELSE CAST($as_of AS TIMESTAMP) + INTERVAL '1' MINUTE
    END
  )
FROM (
  SELECT
    h.*,
    CAST($as_of AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE h.zone AS local_now
  FROM (
    SELECT
      h.*,
      COALESCE(
        (
          SELECT
            MIN(z.name)
          FROM "ledger"."zones" AS z
          JOIN (
            SELECT
              c."customer_id" AS member_id,
              c."time_zone" AS zone
            FROM "shop"."customers" AS c
          ) AS c
            ON c.zone = z.name
          WHERE
            c.member_id = h.member_id
        ),
        'UTC'
      ) AS zone
    FROM here AS h
  ) AS h
) AS h;
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
  a.journey_id = 'scenario_wait_window'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_wait_window'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
