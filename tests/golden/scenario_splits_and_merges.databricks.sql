-- step audience (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT DISTINCT
    'scenario_splits_and_merges' AS journey_id,
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
        v.journey_id = 'scenario_splits_and_merges' AND v.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'scenario_splits_and_merges'
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
    'country' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'scenario_splits_and_merges'
    AND v.entry_node = 'audience'
    AND v.wave = :wave
) AS s
ON t.journey_id = 'scenario_splits_and_merges'
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
    'scenario_splits_and_merges' AS journey_id,
    :wave AS wave,
    'audience' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_splits_and_merges'
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
  m.journey_id = 'scenario_splits_and_merges'
  AND m.from_node = 'audience'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step country (move): writes[0]
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
      a.journey_id = 'scenario_splits_and_merges'
      AND a.to_node = 'country'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_splits_and_merges'
          AND d.from_node = 'country'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
  ), leaving AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.entered_at,
      CASE
        WHEN h.`member_id` IN (
          SELECT
            c.`customer_id` AS member_id
          FROM `shop`.`customers` AS c
          WHERE
            NOT c.`customer_id` IS NULL AND c.`country` = :p0
        )
        THEN 'german'
        WHEN h.`member_id` IN (
          SELECT
            c.`customer_id` AS member_id
          FROM `shop`.`customers` AS c
          WHERE
            NOT c.`customer_id` IS NULL AND c.`country` IN (:p1, :p2)
        )
        THEN 'europe'
        ELSE 'else'
      END AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'scenario_splits_and_merges' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'country' AS from_node,
    l.port AS port,
    CASE l.port
      WHEN 'german'
      THEN 'rest'
      WHEN 'europe'
      THEN 'rich'
      WHEN 'else'
      THEN NULL
    END AS to_node,
    CASE l.port WHEN 'german' THEN FALSE WHEN 'europe' THEN FALSE WHEN 'else' THEN TRUE END AS ended,
    CASE l.port
      WHEN 'german'
      THEN NULL
      WHEN 'europe'
      THEN NULL
      WHEN 'else'
      THEN 'end_of_path'
    END AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_splits_and_merges'
AND t.from_node = 'country'
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
-- :p0 = 'DE'
-- :p1 = 'DE'
-- :p2 = 'FR'
-- at run time: as_of, since_version, wave

-- step country (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_splits_and_merges' AS journey_id,
    :wave AS wave,
    'country' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_splits_and_merges'
AND t.wave = s.wave
AND t.node_id = 'country'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step country (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_splits_and_merges'
  AND m.from_node = 'country'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step rich (move): writes[0]
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
      a.journey_id = 'scenario_splits_and_merges'
      AND a.to_node = 'rich'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_splits_and_merges'
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
        WHEN h.`member_id` IN (
          SELECT
            c.`customer_id` AS member_id
          FROM `shop`.`customers` AS c
          WHERE
            NOT c.`customer_id` IS NULL AND c.`points` >= :p0
        )
        THEN 'yes'
        ELSE 'no'
      END AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'scenario_splits_and_merges' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'rich' AS from_node,
    l.port AS port,
    CASE l.port WHEN 'yes' THEN 'rest' WHEN 'no' THEN 'poor' END AS to_node,
    CASE l.port WHEN 'yes' THEN FALSE WHEN 'no' THEN TRUE END AS ended,
    CASE l.port WHEN 'yes' THEN NULL WHEN 'no' THEN 'exit:poor' END AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_splits_and_merges'
AND t.from_node = 'rich'
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
-- :p0 = 5.0
-- at run time: as_of, since_version, wave

-- step rich (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_splits_and_merges' AS journey_id,
    :wave AS wave,
    'rich' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_splits_and_merges'
AND t.wave = s.wave
AND t.node_id = 'rich'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step rich (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_splits_and_merges'
  AND m.from_node = 'rich'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

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
      a.journey_id = 'scenario_splits_and_merges'
      AND a.to_node = 'rest'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_splits_and_merges'
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
      h.arrived_at + INTERVAL '1' DAY <= CAST(:as_of AS TIMESTAMP_NTZ)
  )
  SELECT
    'scenario_splits_and_merges' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'rest' AS from_node,
    l.port AS port,
    'end' AS to_node,
    TRUE AS ended,
    'exit:seen' AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_splits_and_merges'
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
    'scenario_splits_and_merges' AS journey_id,
    :wave AS wave,
    'rest' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_splits_and_merges'
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
  m.journey_id = 'scenario_splits_and_merges'
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
  a.journey_id = 'scenario_splits_and_merges'
  AND a.to_node = 'rest'
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
    a.journey_id = 'scenario_splits_and_merges'
    AND NOT a.ended
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'scenario_splits_and_merges'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
) AS s
ON t.journey_id = 'scenario_splits_and_merges'
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
