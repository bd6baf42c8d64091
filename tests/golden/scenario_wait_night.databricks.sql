-- step audience (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT DISTINCT
    'scenario_wait_night' AS journey_id,
    m.member_id AS member_id,
    1 AS visit_no,
    1 AS version,
    'audience' AS entry_node,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS entered_at
  FROM (
    SELECT
      c.`customer_id` AS member_id
    FROM `shop`.`customers` AS c
    WHERE
      (
        NOT c.`customer_id` IS NULL AND NOT c.`points` IS NULL
      )
      AND NOT c.`customer_id` IN (
        SELECT
          x.member_id
        FROM `ledger`.`erasures` AS x
      )
  ) AS m
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`visits` AS v
      WHERE
        v.journey_id = 'scenario_wait_night' AND v.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'scenario_wait_night'
AND t.member_id = s.member_id
AND t.visit_no = 1
WHEN NOT MATCHED THEN INSERT (journey_id, member_id, visit_no, version, entry_node, wave, entered_at) VALUES (
  s.journey_id,
  s.member_id,
  s.visit_no,
  s.version,
  s.entry_node,
  s.wave,
  s.entered_at
);
-- at run time: as_of, wave

-- step audience (enter): writes[1]
MERGE INTO `ledger`.`moves` AS t
USING (
  SELECT
    v.journey_id AS journey_id,
    v.member_id AS member_id,
    v.visit_no AS visit_no,
    v.version AS version,
    v.entered_at AS entered_at,
    'audience' AS from_node,
    'next' AS port,
    'night' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'scenario_wait_night'
    AND v.entry_node = 'audience'
    AND v.wave = :wave
) AS s
ON t.journey_id = 'scenario_wait_night'
AND t.from_node = 'audience'
AND t.member_id = s.member_id
AND t.visit_no = s.visit_no
WHEN NOT MATCHED THEN INSERT (
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
) VALUES (
  s.journey_id,
  s.member_id,
  s.visit_no,
  s.version,
  s.entered_at,
  s.from_node,
  s.port,
  s.to_node,
  s.ended,
  s.reason,
  s.wave,
  s.moved_at
);
-- at run time: as_of, wave

-- step audience (enter): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_wait_night' AS journey_id,
    :wave AS wave,
    'audience' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_wait_night'
AND t.wave = s.wave
AND t.node_id = 'audience'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step audience (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_wait_night'
  AND m.from_node = 'audience'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step night (move): writes[0]
MERGE INTO `ledger`.`moves` AS t
USING (
  WITH here AS (
    SELECT
      a.member_id,
      a.visit_no,
      a.entered_at,
      a.moved_at AS arrived_at
    FROM `ledger`.`moves` AS a
    WHERE
      a.journey_id = 'scenario_wait_night'
      AND a.to_node = 'night'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
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
            DATEDIFF(DAY, CAST('1900-01-01' AS DATE), CAST(h.local_now AS DATE))
          ) % 7 IN (5, 6)
          AND (
            EXTRACT(HOUR FROM h.local_now) * 60 + EXTRACT(MINUTE FROM h.local_now)
          ) >= 1380
        )
        OR (
          (
            DATEDIFF(DAY, CAST('1900-01-01' AS DATE), CAST(h.local_now - INTERVAL '1' DAY AS DATE))
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
        CONVERT_TIMEZONE('UTC', h.zone, CAST(:as_of AS TIMESTAMP_NTZ)) AS local_now
      FROM (
        SELECT
          h.*,
          COALESCE(
            (
              SELECT
                MIN(z.name)
              FROM `ledger`.`zones` AS z
              JOIN (
                SELECT
                  c.`customer_id` AS member_id,
                  c.`time_zone` AS zone
                FROM `shop`.`customers` AS c
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
    'scenario_wait_night' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'night' AS from_node,
    l.port AS port,
    'gap' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_wait_night'
AND t.from_node = 'night'
AND t.member_id = s.member_id
AND t.visit_no = s.visit_no
WHEN NOT MATCHED THEN INSERT (
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
) VALUES (
  s.journey_id,
  s.member_id,
  s.visit_no,
  s.version,
  s.entered_at,
  s.from_node,
  s.port,
  s.to_node,
  s.ended,
  s.reason,
  s.wave,
  s.moved_at
);
-- at run time: as_of, since_version, wave

-- step night (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_wait_night' AS journey_id,
    :wave AS wave,
    'night' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_wait_night'
AND t.wave = s.wave
AND t.node_id = 'night'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step night (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_wait_night' AND m.from_node = 'night' AND m.wave = :wave
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
  FROM `ledger`.`moves` AS a
  WHERE
    a.journey_id = 'scenario_wait_night'
    AND a.to_node = 'night'
    AND NOT a.ended
    AND a.version BETWEEN :since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
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
      WHEN CONVERT_TIMEZONE(
        h.zone,
        'UTC',
        CAST(DATE_ADD(
          CAST(h.local_now AS DATE),
          (
            CASE (
                DATEDIFF(DAY, CAST('1900-01-01' AS DATE), CAST(h.local_now AS DATE))
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
          )
        ) AS TIMESTAMP_NTZ) + INTERVAL '1380' MINUTE
      ) > CAST(:as_of AS TIMESTAMP_NTZ)
      THEN CONVERT_TIMEZONE(
        h.zone,
        'UTC',
        CAST(DATE_ADD(
          CAST(h.local_now AS DATE),
          (
            CASE (
                DATEDIFF(DAY, CAST('1900-01-01' AS DATE), CAST(h.local_now AS DATE))
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
          )
        ) AS TIMESTAMP_NTZ) + INTERVAL '1380' MINUTE
      )
      ELSE CAST(:as_of AS TIMESTAMP_NTZ) + INTERVAL '1' MINUTE
    END
  )
FROM (
  SELECT
    h.*,
    CONVERT_TIMEZONE('UTC', h.zone, CAST(:as_of AS TIMESTAMP_NTZ)) AS local_now
  FROM (
    SELECT
      h.*,
      COALESCE(
        (
          SELECT
            MIN(z.name)
          FROM `ledger`.`zones` AS z
          JOIN (
            SELECT
              c.`customer_id` AS member_id,
              c.`time_zone` AS zone
            FROM `shop`.`customers` AS c
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
MERGE INTO `ledger`.`moves` AS t
USING (
  WITH here AS (
    SELECT
      a.member_id,
      a.visit_no,
      a.entered_at,
      a.moved_at AS arrived_at
    FROM `ledger`.`moves` AS a
    WHERE
      a.journey_id = 'scenario_wait_night'
      AND a.to_node = 'gap'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
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
        CONVERT_TIMEZONE(
          h.zone,
          'UTC',
          CAST(CAST('2026-03-29' AS DATE) AS TIMESTAMP_NTZ) + INTERVAL '150' MINUTE
        ) AS moment
      FROM (
        SELECT
          h.*,
          COALESCE(
            (
              SELECT
                MIN(z.name)
              FROM `ledger`.`zones` AS z
              JOIN (
                SELECT
                  c.`customer_id` AS member_id,
                  c.`time_zone` AS zone
                FROM `shop`.`customers` AS c
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
      COALESCE(h.moment, h.arrived_at) <= CAST(:as_of AS TIMESTAMP_NTZ)
  )
  SELECT
    'scenario_wait_night' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'gap' AS from_node,
    l.port AS port,
    'done' AS to_node,
    TRUE AS ended,
    COALESCE('exit:completed', l.why) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_wait_night'
AND t.from_node = 'gap'
AND t.member_id = s.member_id
AND t.visit_no = s.visit_no
WHEN NOT MATCHED THEN INSERT (
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
) VALUES (
  s.journey_id,
  s.member_id,
  s.visit_no,
  s.version,
  s.entered_at,
  s.from_node,
  s.port,
  s.to_node,
  s.ended,
  s.reason,
  s.wave,
  s.moved_at
);
-- at run time: as_of, since_version, wave

-- step gap (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_wait_night' AS journey_id,
    :wave AS wave,
    'gap' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_wait_night'
AND t.wave = s.wave
AND t.node_id = 'gap'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step gap (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_wait_night' AND m.from_node = 'gap' AND m.wave = :wave
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
  FROM `ledger`.`moves` AS a
  WHERE
    a.journey_id = 'scenario_wait_night'
    AND a.to_node = 'gap'
    AND NOT a.ended
    AND a.version BETWEEN :since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
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
    CONVERT_TIMEZONE(
      h.zone,
      'UTC',
      CAST(CAST('2026-03-29' AS DATE) AS TIMESTAMP_NTZ) + INTERVAL '150' MINUTE
    ) AS moment
  FROM (
    SELECT
      h.*,
      COALESCE(
        (
          SELECT
            MIN(z.name)
          FROM `ledger`.`zones` AS z
          JOIN (
            SELECT
              c.`customer_id` AS member_id,
              c.`time_zone` AS zone
            FROM `shop`.`customers` AS c
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
MERGE INTO `ledger`.`moves` AS t
USING (
  SELECT
    a.journey_id AS journey_id,
    a.member_id AS member_id,
    a.visit_no AS visit_no,
    a.version AS version,
    a.entered_at AS entered_at,
    a.to_node AS from_node,
    CAST(NULL AS STRING) AS port,
    CAST(NULL AS STRING) AS to_node,
    TRUE AS ended,
    'stopped' AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`moves` AS a
  WHERE
    a.journey_id = 'scenario_wait_night'
    AND NOT a.ended
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'scenario_wait_night'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
) AS s
ON t.journey_id = 'scenario_wait_night'
AND t.from_node = s.from_node
AND t.member_id = s.member_id
AND t.visit_no = s.visit_no
WHEN NOT MATCHED THEN INSERT (
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
) VALUES (
  s.journey_id,
  s.member_id,
  s.visit_no,
  s.version,
  s.entered_at,
  s.from_node,
  s.port,
  s.to_node,
  s.ended,
  s.reason,
  s.wave,
  s.moved_at
);
-- at run time: as_of, wave
