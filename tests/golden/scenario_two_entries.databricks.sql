-- step loyal (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT DISTINCT
    'scenario_two_entries' AS journey_id,
    m.member_id AS member_id,
    1 AS visit_no,
    1 AS version,
    'loyal' AS entry_node,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS entered_at
  FROM (
    SELECT
      c.`customer_id` AS member_id
    FROM `shop`.`customers` AS c
    WHERE
      (
        NOT c.`customer_id` IS NULL AND c.`points` >= :p0
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
        v.journey_id = 'scenario_two_entries' AND v.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'scenario_two_entries'
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
-- :p0 = 5.0
-- at run time: as_of, wave

-- step loyal (enter): writes[1]
MERGE INTO `ledger`.`refusals` AS t
USING (
  SELECT DISTINCT
    'scenario_two_entries' AS journey_id,
    m.member_id AS member_id,
    'loyal' AS entry_node,
    'reentry' AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS refused_at
  FROM (
    SELECT
      c.`customer_id` AS member_id
    FROM `shop`.`customers` AS c
    WHERE
      (
        NOT c.`customer_id` IS NULL AND c.`points` >= :p0
      )
      AND NOT c.`customer_id` IN (
        SELECT
          x.member_id
        FROM `ledger`.`erasures` AS x
      )
  ) AS m
  JOIN `ledger`.`visits` AS v
    ON v.journey_id = 'scenario_two_entries'
    AND v.member_id = m.member_id
    AND v.entry_node <> 'loyal'
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`refusals` AS r
      WHERE
        r.journey_id = 'scenario_two_entries'
        AND r.entry_node = 'loyal'
        AND r.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'scenario_two_entries'
AND t.entry_node = 'loyal'
AND t.member_id = s.member_id
AND t.reason = 'reentry'
AND t.wave = s.wave
AND t.visit_key IS NULL
AND t.happened_at IS NULL
WHEN NOT MATCHED THEN INSERT (journey_id, member_id, entry_node, reason, wave, refused_at) VALUES (s.journey_id, s.member_id, s.entry_node, s.reason, s.wave, s.refused_at);
-- :p0 = 5.0
-- at run time: as_of, wave

-- step loyal (enter): writes[2]
MERGE INTO `ledger`.`moves` AS t
USING (
  SELECT
    v.journey_id AS journey_id,
    v.member_id AS member_id,
    v.visit_no AS visit_no,
    v.version AS version,
    v.entered_at AS entered_at,
    'loyal' AS from_node,
    'next' AS port,
    'a' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'scenario_two_entries'
    AND v.entry_node = 'loyal'
    AND v.wave = :wave
) AS s
ON t.journey_id = 'scenario_two_entries'
AND t.from_node = 'loyal'
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

-- step loyal (enter): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_two_entries' AS journey_id,
    :wave AS wave,
    'loyal' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_two_entries'
AND t.wave = s.wave
AND t.node_id = 'loyal'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step loyal (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_two_entries' AND m.from_node = 'loyal' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step everybody (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT DISTINCT
    'scenario_two_entries' AS journey_id,
    m.member_id AS member_id,
    1 AS visit_no,
    1 AS version,
    'everybody' AS entry_node,
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
        v.journey_id = 'scenario_two_entries' AND v.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'scenario_two_entries'
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

-- step everybody (enter): writes[1]
MERGE INTO `ledger`.`refusals` AS t
USING (
  SELECT DISTINCT
    'scenario_two_entries' AS journey_id,
    m.member_id AS member_id,
    'everybody' AS entry_node,
    'reentry' AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS refused_at
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
  JOIN `ledger`.`visits` AS v
    ON v.journey_id = 'scenario_two_entries'
    AND v.member_id = m.member_id
    AND v.entry_node <> 'everybody'
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`refusals` AS r
      WHERE
        r.journey_id = 'scenario_two_entries'
        AND r.entry_node = 'everybody'
        AND r.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'scenario_two_entries'
AND t.entry_node = 'everybody'
AND t.member_id = s.member_id
AND t.reason = 'reentry'
AND t.wave = s.wave
AND t.visit_key IS NULL
AND t.happened_at IS NULL
WHEN NOT MATCHED THEN INSERT (journey_id, member_id, entry_node, reason, wave, refused_at) VALUES (s.journey_id, s.member_id, s.entry_node, s.reason, s.wave, s.refused_at);
-- at run time: as_of, wave

-- step everybody (enter): writes[2]
MERGE INTO `ledger`.`moves` AS t
USING (
  SELECT
    v.journey_id AS journey_id,
    v.member_id AS member_id,
    v.visit_no AS visit_no,
    v.version AS version,
    v.entered_at AS entered_at,
    'everybody' AS from_node,
    'next' AS port,
    'b' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'scenario_two_entries'
    AND v.entry_node = 'everybody'
    AND v.wave = :wave
) AS s
ON t.journey_id = 'scenario_two_entries'
AND t.from_node = 'everybody'
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

-- step everybody (enter): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_two_entries' AS journey_id,
    :wave AS wave,
    'everybody' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_two_entries'
AND t.wave = s.wave
AND t.node_id = 'everybody'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step everybody (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_two_entries'
  AND m.from_node = 'everybody'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step a (move): writes[0]
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
      a.journey_id = 'scenario_two_entries'
      AND a.to_node = 'a'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_two_entries'
          AND d.from_node = 'a'
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
      h.arrived_at + INTERVAL '1' DAY <= CAST(:as_of AS TIMESTAMP_NTZ)
  )
  SELECT
    'scenario_two_entries' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'a' AS from_node,
    l.port AS port,
    CAST(NULL AS STRING) AS to_node,
    TRUE AS ended,
    'end_of_path' AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_two_entries'
AND t.from_node = 'a'
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

-- step a (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_two_entries' AS journey_id,
    :wave AS wave,
    'a' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_two_entries'
AND t.wave = s.wave
AND t.node_id = 'a'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step a (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_two_entries' AND m.from_node = 'a' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step a (move): next_due
SELECT
  MIN(a.moved_at)
FROM `ledger`.`moves` AS a
WHERE
  a.journey_id = 'scenario_two_entries'
  AND a.to_node = 'a'
  AND NOT a.ended
  AND a.version BETWEEN :since_version AND 1
  AND a.moved_at > CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '1' DAY;
-- at run time: as_of, since_version

-- step b (move): writes[0]
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
      a.journey_id = 'scenario_two_entries'
      AND a.to_node = 'b'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_two_entries'
          AND d.from_node = 'b'
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
      h.arrived_at + INTERVAL '1' DAY <= CAST(:as_of AS TIMESTAMP_NTZ)
  )
  SELECT
    'scenario_two_entries' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'b' AS from_node,
    l.port AS port,
    CAST(NULL AS STRING) AS to_node,
    TRUE AS ended,
    'end_of_path' AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_two_entries'
AND t.from_node = 'b'
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

-- step b (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_two_entries' AS journey_id,
    :wave AS wave,
    'b' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_two_entries'
AND t.wave = s.wave
AND t.node_id = 'b'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step b (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_two_entries' AND m.from_node = 'b' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step b (move): next_due
SELECT
  MIN(a.moved_at)
FROM `ledger`.`moves` AS a
WHERE
  a.journey_id = 'scenario_two_entries'
  AND a.to_node = 'b'
  AND NOT a.ended
  AND a.version BETWEEN :since_version AND 1
  AND a.moved_at > CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '1' DAY;
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
    a.journey_id = 'scenario_two_entries'
    AND NOT a.ended
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'scenario_two_entries'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
) AS s
ON t.journey_id = 'scenario_two_entries'
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
