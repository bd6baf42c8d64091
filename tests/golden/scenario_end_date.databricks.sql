-- step audience (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT DISTINCT
    'scenario_end_date' AS journey_id,
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
        (
          NOT c.`customer_id` IS NULL AND NOT c.`points` IS NULL
        )
        AND NOT c.`customer_id` IN (
          SELECT
            x.member_id
          FROM `ledger`.`erasures` AS x
        )
      )
      AND CAST(:as_of AS TIMESTAMP_NTZ) < CAST(:p0 AS TIMESTAMP_NTZ)
  ) AS m
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`visits` AS v
      WHERE
        v.journey_id = 'scenario_end_date' AND v.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'scenario_end_date'
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
-- :p0 = '2026-03-04 09:00:00'
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
    'week' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'scenario_end_date'
    AND v.entry_node = 'audience'
    AND v.wave = :wave
) AS s
ON t.journey_id = 'scenario_end_date'
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
    'scenario_end_date' AS journey_id,
    :wave AS wave,
    'audience' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_end_date'
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
  m.journey_id = 'scenario_end_date' AND m.from_node = 'audience' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step * (look): writes[0]
MERGE INTO `ledger`.`moves` AS t
USING (
  WITH here AS (
    SELECT
      a.member_id,
      a.visit_no,
      a.entered_at,
      a.to_node AS node_id
    FROM `ledger`.`moves` AS a
    WHERE
      a.journey_id = 'scenario_end_date'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_end_date'
          AND d.from_node = a.to_node
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
  ), leaving AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.entered_at,
      h.node_id,
      CASE
        WHEN CAST(:as_of AS TIMESTAMP_NTZ) >= CAST(:p0 AS TIMESTAMP_NTZ)
        THEN 'journey_ended'
      END AS reason
    FROM here AS h
  )
  SELECT
    'scenario_end_date' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    l.node_id AS from_node,
    CAST(NULL AS STRING) AS port,
    CAST(NULL AS STRING) AS to_node,
    TRUE AS ended,
    l.reason AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.reason IS NULL
) AS s
ON t.journey_id = 'scenario_end_date'
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
-- :p0 = '2026-03-04 09:00:00'
-- at run time: as_of, since_version, wave

-- step * (look): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_end_date' AS journey_id,
    :wave AS wave,
    '*' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_end_date'
AND t.wave = s.wave
AND t.node_id = '*'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step * (look): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_end_date'
  AND m.wave = :wave
  AND m.ended
  AND m.port IS NULL
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step * (look): watched
SELECT
  COUNT(*),
  MIN(w.ends_at)
FROM (
  SELECT
    CAST(NULL AS TIMESTAMP_NTZ) AS ends_at,
    e.member_id AS gone
  FROM `ledger`.`visits` AS v
  LEFT JOIN `ledger`.`conversions` AS c
    ON c.journey_id = 'scenario_end_date'
    AND c.member_id = v.member_id
    AND c.visit_no = v.visit_no
  LEFT JOIN `ledger`.`moves` AS e
    ON e.journey_id = 'scenario_end_date'
    AND e.member_id = v.member_id
    AND e.visit_no = v.visit_no
    AND e.ended
  WHERE
    v.journey_id = 'scenario_end_date' AND v.version BETWEEN :since_version AND 1
) AS w
WHERE
  NOT w.ends_at IS NULL OR w.gone IS NULL;
-- at run time: since_version

-- step week (move): writes[0]
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
      a.journey_id = 'scenario_end_date'
      AND a.to_node = 'week'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_end_date'
          AND d.from_node = 'week'
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
      h.arrived_at + INTERVAL '7' DAY <= CAST(:as_of AS TIMESTAMP_NTZ)
  )
  SELECT
    'scenario_end_date' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'week' AS from_node,
    l.port AS port,
    'done' AS to_node,
    TRUE AS ended,
    'exit:completed' AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_end_date'
AND t.from_node = 'week'
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

-- step week (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_end_date' AS journey_id,
    :wave AS wave,
    'week' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_end_date'
AND t.wave = s.wave
AND t.node_id = 'week'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step week (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_end_date' AND m.from_node = 'week' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step week (move): next_due
SELECT
  MIN(a.moved_at)
FROM `ledger`.`moves` AS a
WHERE
  a.journey_id = 'scenario_end_date'
  AND a.to_node = 'week'
  AND NOT a.ended
  AND a.version BETWEEN :since_version AND 1
  AND a.moved_at > CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '7' DAY;
-- at run time: as_of, since_version

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
    a.journey_id = 'scenario_end_date'
    AND NOT a.ended
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'scenario_end_date'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
) AS s
ON t.journey_id = 'scenario_end_date'
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
