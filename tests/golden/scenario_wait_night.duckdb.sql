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
  'scenario_wait_night',
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
      NOT c."customer_id" IS NULL AND NOT c."points" IS NULL
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
      v.journey_id = 'scenario_wait_night' AND v.member_id = m.member_id
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
  'night',
  FALSE,
  CAST(NULL AS TEXT),
  v.wave,
  CAST($as_of AS TIMESTAMP)
FROM "ledger"."visits" AS v
WHERE
  v.journey_id = 'scenario_wait_night'
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
  ('scenario_wait_night', $wave, 'audience', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step audience (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_wait_night'
  AND m.from_node = 'audience'
  AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step night (move): writes[0]
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
    a.journey_id = 'scenario_wait_night'
    AND a.to_node = 'night'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_wait_night'
        AND d.from_node = 'night'
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
        (
          DATE_DIFF('DAY', CAST('1900-01-01' AS DATE), CAST(h.local_now AS DATE))
        ) % 7 IN (5, 6)
        AND (
          EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
        ) >= 1380
      )
      OR (
        (
          DATE_DIFF('DAY', CAST('1900-01-01' AS DATE), CAST(h.local_now - INTERVAL '1' DAY AS DATE))
        ) % 7 IN (5, 6)
        AND (
          EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
        ) < 240
      )
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
  'scenario_wait_night',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'night',
  l.port,
  'gap',
  FALSE,
  CAST(NULL AS TEXT),
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step night (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_wait_night', $wave, 'night', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step night (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_wait_night' AND m.from_node = 'night' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step night (move): next_due
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'scenario_wait_night'
    AND a.to_node = 'night'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_wait_night'
        AND d.from_node = 'night'
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
          THEN 5
          WHEN 1
          THEN 4
          WHEN 2
          THEN 3
          WHEN 3
          THEN 2
          WHEN 4
          THEN 1
          WHEN 5
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 1380
            THEN 1
            ELSE 0
          END
          WHEN 6
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 1380
            THEN 6
            ELSE 0
          END
        END
      ) DAY AS TIMESTAMP) + INTERVAL '1380' MINUTE AS TIMESTAMP) AT TIME ZONE h.zone AT TIME ZONE 'UTC' > CAST($as_of AS TIMESTAMP)
      THEN CAST(CAST(CAST(h.local_now AS DATE) + INTERVAL (
        CASE (
            DATE_DIFF('DAY', CAST('1900-01-01' AS DATE), CAST(h.local_now AS DATE))
          ) % 7
          WHEN 0
          THEN 5
          WHEN 1
          THEN 4
          WHEN 2
          THEN 3
          WHEN 3
          THEN 2
          WHEN 4
          THEN 1
          WHEN 5
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 1380
            THEN 1
            ELSE 0
          END
          WHEN 6
          THEN CASE
            WHEN (
              EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
            ) >= 1380
            THEN 6
            ELSE 0
          END
        END
      ) DAY AS TIMESTAMP) + INTERVAL '1380' MINUTE AS TIMESTAMP) AT TIME ZONE h.zone AT TIME ZONE 'UTC'
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

-- step gap (move): writes[0]
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
    a.journey_id = 'scenario_wait_night'
    AND a.to_node = 'gap'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_wait_night'
        AND d.from_node = 'gap'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
), leaving AS (
  SELECT
    h.member_id,
    h.visit_no,
    h.entered_at,
    'next' AS port,
    CASE
      WHEN h.moment IS NULL
      THEN 'missing_date'
      WHEN h.moment <= h.arrived_at
      THEN 'past_date'
      ELSE NULL
    END AS why
  FROM (
    SELECT
      h.*,
      CAST(CAST(CAST('2026-03-29' AS DATE) AS TIMESTAMP) + INTERVAL '150' MINUTE AS TIMESTAMP) AT TIME ZONE h.zone AT TIME ZONE 'UTC' AS moment
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
    COALESCE(h.moment, h.arrived_at) <= CAST($as_of AS TIMESTAMP)
)
SELECT
  'scenario_wait_night',
  l.member_id,
  l.visit_no,
  1,
  l.entered_at,
  'gap',
  l.port,
  'done',
  TRUE,
  COALESCE('exit:completed', l.why),
  $wave,
  CAST($as_of AS TIMESTAMP)
FROM leaving AS l
WHERE
  NOT l.port IS NULL;
-- at run time: as_of, since_version, wave

-- step gap (move): marker
INSERT INTO "ledger"."waves" (
  journey_id,
  wave,
  node_id,
  task,
  as_of
)
VALUES
  ('scenario_wait_night', $wave, 'gap', 'move', CAST($as_of AS TIMESTAMP));
-- at run time: as_of, wave

-- step gap (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM "ledger"."moves" AS m
WHERE
  m.journey_id = 'scenario_wait_night' AND m.from_node = 'gap' AND m.wave = $wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step gap (move): next_due
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at
  FROM "ledger"."moves" AS a
  WHERE
    a.journey_id = 'scenario_wait_night'
    AND a.to_node = 'gap'
    AND NOT a.ended
    AND a.version BETWEEN $since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM "ledger"."moves" AS d
      WHERE
        d.journey_id = 'scenario_wait_night'
        AND d.from_node = 'gap'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
)
SELECT
  MIN(COALESCE(h.moment, h.arrived_at))
FROM (
  SELECT
    h.*,
    CAST(CAST(CAST('2026-03-29' AS DATE) AS TIMESTAMP) + INTERVAL '150' MINUTE AS TIMESTAMP) AT TIME ZONE h.zone AT TIME ZONE 'UTC' AS moment
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
-- at run time: since_version

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
  a.journey_id = 'scenario_wait_night'
  AND NOT a.ended
  AND NOT EXISTS(
    SELECT
      1
    FROM "ledger"."moves" AS d
    WHERE
      d.journey_id = 'scenario_wait_night'
      AND d.from_node = a.to_node
      AND d.member_id = a.member_id
      AND d.visit_no = a.visit_no
  );
-- at run time: as_of, wave
