-- step audience (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT DISTINCT
    'scenario_goal_last_moment' AS journey_id,
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
        NOT c.`customer_id` IS NULL AND TRUE
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
        v.journey_id = 'scenario_goal_last_moment' AND v.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'scenario_goal_last_moment'
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
    'rest' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'scenario_goal_last_moment'
    AND v.entry_node = 'audience'
    AND v.wave = :wave
) AS s
ON t.journey_id = 'scenario_goal_last_moment'
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
    'scenario_goal_last_moment' AS journey_id,
    :wave AS wave,
    'audience' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_goal_last_moment'
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
  m.journey_id = 'scenario_goal_last_moment'
  AND m.from_node = 'audience'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step * (look): writes[0]
MERGE INTO `ledger`.`conversions` AS t
USING (
  WITH here AS (
    SELECT
      v.member_id,
      v.visit_no,
      v.entered_at
    FROM `ledger`.`visits` AS v
    WHERE
      v.journey_id = 'scenario_goal_last_moment'
      AND v.version BETWEEN :since_version AND 1
      AND v.entered_at >= CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '90' MINUTE
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`conversions` AS c
        WHERE
          c.journey_id = 'scenario_goal_last_moment'
          AND c.member_id = v.member_id
          AND c.visit_no = v.visit_no
      )
  )
  SELECT
    'scenario_goal_last_moment' AS journey_id,
    h.member_id AS member_id,
    h.visit_no AS visit_no,
    1 AS version,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS reached_at
  FROM here AS h
  WHERE
    h.`member_id` IN (
      SELECT
        c.`customer_id` AS member_id
      FROM `shop`.`customers` AS c
      WHERE
        NOT c.`customer_id` IS NULL AND c.`points` > :p0
    )
) AS s
ON t.journey_id = 'scenario_goal_last_moment'
AND t.member_id = s.member_id
AND t.visit_no = s.visit_no
WHEN NOT MATCHED THEN INSERT (journey_id, member_id, visit_no, version, wave, reached_at) VALUES (s.journey_id, s.member_id, s.visit_no, s.version, s.wave, s.reached_at);
-- :p0 = 5.0
-- at run time: as_of, since_version, wave

-- step * (look): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_goal_last_moment' AS journey_id,
    :wave AS wave,
    '*' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_goal_last_moment'
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
  m.journey_id = 'scenario_goal_last_moment'
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
    CASE
      WHEN c.member_id IS NULL
      AND v.entered_at > CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '90' MINUTE
      THEN v.entered_at + INTERVAL '90' MINUTE
    END AS ends_at,
    e.member_id AS gone
  FROM `ledger`.`visits` AS v
  LEFT JOIN `ledger`.`conversions` AS c
    ON c.journey_id = 'scenario_goal_last_moment'
    AND c.member_id = v.member_id
    AND c.visit_no = v.visit_no
  LEFT JOIN `ledger`.`moves` AS e
    ON e.journey_id = 'scenario_goal_last_moment'
    AND e.member_id = v.member_id
    AND e.visit_no = v.visit_no
    AND e.ended
  WHERE
    v.journey_id = 'scenario_goal_last_moment'
    AND v.version BETWEEN :since_version AND 1
) AS w
WHERE
  NOT w.ends_at IS NULL OR w.gone IS NULL;
-- at run time: as_of, since_version

-- step rest (move): writes[0]
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
      a.journey_id = 'scenario_goal_last_moment'
      AND a.to_node = 'rest'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_goal_last_moment'
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
      h.arrived_at + INTERVAL '2' DAY <= CAST(:as_of AS TIMESTAMP_NTZ)
  )
  SELECT
    'scenario_goal_last_moment' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'rest' AS from_node,
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
ON t.journey_id = 'scenario_goal_last_moment'
AND t.from_node = 'rest'
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

-- step rest (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_goal_last_moment' AS journey_id,
    :wave AS wave,
    'rest' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_goal_last_moment'
AND t.wave = s.wave
AND t.node_id = 'rest'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step rest (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_goal_last_moment'
  AND m.from_node = 'rest'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step rest (move): next_due
SELECT
  MIN(a.moved_at)
FROM `ledger`.`moves` AS a
WHERE
  a.journey_id = 'scenario_goal_last_moment'
  AND a.to_node = 'rest'
  AND NOT a.ended
  AND a.version BETWEEN :since_version AND 1
  AND a.moved_at > CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '2' DAY;
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
    a.journey_id = 'scenario_goal_last_moment'
    AND NOT a.ended
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'scenario_goal_last_moment'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
) AS s
ON t.journey_id = 'scenario_goal_last_moment'
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
