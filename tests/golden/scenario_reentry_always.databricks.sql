-- step first (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT DISTINCT
    'scenario_reentry_always' AS journey_id,
    m.member_id AS member_id,
    COALESCE(b.visit_no, 0) + 1 AS visit_no,
    1 AS version,
    'first' AS entry_node,
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
  LEFT JOIN (
    SELECT
      v.member_id,
      MAX(v.visit_no) AS visit_no
    FROM `ledger`.`visits` AS v
    WHERE
      v.journey_id = 'scenario_reentry_always'
    GROUP BY
      v.member_id
  ) AS b
    ON b.member_id = m.member_id
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM (
        SELECT
          v.member_id,
          v.visit_key
        FROM `ledger`.`visits` AS v
        LEFT JOIN `ledger`.`moves` AS e
          ON e.journey_id = 'scenario_reentry_always'
          AND e.member_id = v.member_id
          AND e.visit_no = v.visit_no
          AND e.ended
          AND e.moved_at <= CAST(:as_of AS TIMESTAMP_NTZ)
          AND NOT COALESCE(e.reason, '') IN ('holdout', 'removed')
        WHERE
          v.journey_id = 'scenario_reentry_always'
          AND (
            e.member_id IS NULL OR v.wave >= :wave
          )
      ) AS o
      WHERE
        o.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'scenario_reentry_always'
AND t.member_id = s.member_id
AND t.visit_no = s.visit_no
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

-- step first (enter): writes[1]
MERGE INTO `ledger`.`refusals` AS t
USING (
  SELECT DISTINCT
    'scenario_reentry_always' AS journey_id,
    m.member_id AS member_id,
    'first' AS entry_node,
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
    ON v.journey_id = 'scenario_reentry_always'
    AND v.member_id = m.member_id
    AND v.entry_node <> 'first'
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`refusals` AS r
      WHERE
        r.journey_id = 'scenario_reentry_always'
        AND r.entry_node = 'first'
        AND r.member_id = m.member_id
    )
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`visits` AS n
      WHERE
        n.journey_id = 'scenario_reentry_always'
        AND n.member_id = m.member_id
        AND n.entry_node = 'first'
        AND n.wave = :wave
    )
) AS s
ON t.journey_id = 'scenario_reentry_always'
AND t.entry_node = 'first'
AND t.member_id = s.member_id
AND t.reason = 'reentry'
AND t.wave = s.wave
AND t.visit_key IS NULL
AND t.happened_at IS NULL
WHEN NOT MATCHED THEN INSERT (journey_id, member_id, entry_node, reason, wave, refused_at) VALUES (s.journey_id, s.member_id, s.entry_node, s.reason, s.wave, s.refused_at);
-- at run time: as_of, wave

-- step first (enter): writes[2]
MERGE INTO `ledger`.`moves` AS t
USING (
  SELECT
    v.journey_id AS journey_id,
    v.member_id AS member_id,
    v.visit_no AS visit_no,
    v.version AS version,
    v.entered_at AS entered_at,
    'first' AS from_node,
    'next' AS port,
    'rich' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'scenario_reentry_always'
    AND v.entry_node = 'first'
    AND v.wave = :wave
) AS s
ON t.journey_id = 'scenario_reentry_always'
AND t.from_node = 'first'
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

-- step first (enter): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_reentry_always' AS journey_id,
    :wave AS wave,
    'first' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_reentry_always'
AND t.wave = s.wave
AND t.node_id = 'first'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step first (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_reentry_always'
  AND m.from_node = 'first'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step second (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT DISTINCT
    'scenario_reentry_always' AS journey_id,
    m.member_id AS member_id,
    COALESCE(b.visit_no, 0) + 1 AS visit_no,
    1 AS version,
    'second' AS entry_node,
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
  LEFT JOIN (
    SELECT
      v.member_id,
      MAX(v.visit_no) AS visit_no
    FROM `ledger`.`visits` AS v
    WHERE
      v.journey_id = 'scenario_reentry_always'
    GROUP BY
      v.member_id
  ) AS b
    ON b.member_id = m.member_id
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM (
        SELECT
          v.member_id,
          v.visit_key
        FROM `ledger`.`visits` AS v
        LEFT JOIN `ledger`.`moves` AS e
          ON e.journey_id = 'scenario_reentry_always'
          AND e.member_id = v.member_id
          AND e.visit_no = v.visit_no
          AND e.ended
          AND e.moved_at <= CAST(:as_of AS TIMESTAMP_NTZ)
          AND NOT COALESCE(e.reason, '') IN ('holdout', 'removed')
        WHERE
          v.journey_id = 'scenario_reentry_always'
          AND (
            e.member_id IS NULL OR v.wave >= :wave
          )
      ) AS o
      WHERE
        o.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'scenario_reentry_always'
AND t.member_id = s.member_id
AND t.visit_no = s.visit_no
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

-- step second (enter): writes[1]
MERGE INTO `ledger`.`refusals` AS t
USING (
  SELECT DISTINCT
    'scenario_reentry_always' AS journey_id,
    m.member_id AS member_id,
    'second' AS entry_node,
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
    ON v.journey_id = 'scenario_reentry_always'
    AND v.member_id = m.member_id
    AND v.entry_node <> 'second'
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`refusals` AS r
      WHERE
        r.journey_id = 'scenario_reentry_always'
        AND r.entry_node = 'second'
        AND r.member_id = m.member_id
    )
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`visits` AS n
      WHERE
        n.journey_id = 'scenario_reentry_always'
        AND n.member_id = m.member_id
        AND n.entry_node = 'second'
        AND n.wave = :wave
    )
) AS s
ON t.journey_id = 'scenario_reentry_always'
AND t.entry_node = 'second'
AND t.member_id = s.member_id
AND t.reason = 'reentry'
AND t.wave = s.wave
AND t.visit_key IS NULL
AND t.happened_at IS NULL
WHEN NOT MATCHED THEN INSERT (journey_id, member_id, entry_node, reason, wave, refused_at) VALUES (s.journey_id, s.member_id, s.entry_node, s.reason, s.wave, s.refused_at);
-- at run time: as_of, wave

-- step second (enter): writes[2]
MERGE INTO `ledger`.`moves` AS t
USING (
  SELECT
    v.journey_id AS journey_id,
    v.member_id AS member_id,
    v.visit_no AS visit_no,
    v.version AS version,
    v.entered_at AS entered_at,
    'second' AS from_node,
    'next' AS port,
    'rich' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'scenario_reentry_always'
    AND v.entry_node = 'second'
    AND v.wave = :wave
) AS s
ON t.journey_id = 'scenario_reentry_always'
AND t.from_node = 'second'
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

-- step second (enter): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_reentry_always' AS journey_id,
    :wave AS wave,
    'second' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_reentry_always'
AND t.wave = s.wave
AND t.node_id = 'second'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step second (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_reentry_always'
  AND m.from_node = 'second'
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
      a.journey_id = 'scenario_reentry_always'
      AND a.to_node = 'rich'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_reentry_always'
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
            NOT c.`customer_id` IS NULL AND c.`points` > :p0
        )
        THEN 'yes'
        ELSE 'no'
      END AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'scenario_reentry_always' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'rich' AS from_node,
    l.port AS port,
    CASE l.port WHEN 'yes' THEN 'done' WHEN 'no' THEN 'day' END AS to_node,
    CASE l.port WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE END AS ended,
    CASE l.port WHEN 'yes' THEN 'exit:completed' WHEN 'no' THEN NULL END AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_reentry_always'
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
    'scenario_reentry_always' AS journey_id,
    :wave AS wave,
    'rich' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_reentry_always'
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
  m.journey_id = 'scenario_reentry_always'
  AND m.from_node = 'rich'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step day (move): writes[0]
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
      a.journey_id = 'scenario_reentry_always'
      AND a.to_node = 'day'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_reentry_always'
          AND d.from_node = 'day'
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
      h.arrived_at + INTERVAL '90' MINUTE <= CAST(:as_of AS TIMESTAMP_NTZ)
  )
  SELECT
    'scenario_reentry_always' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'day' AS from_node,
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
ON t.journey_id = 'scenario_reentry_always'
AND t.from_node = 'day'
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

-- step day (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_reentry_always' AS journey_id,
    :wave AS wave,
    'day' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_reentry_always'
AND t.wave = s.wave
AND t.node_id = 'day'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step day (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_reentry_always'
  AND m.from_node = 'day'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step day (move): next_due
SELECT
  MIN(a.moved_at)
FROM `ledger`.`moves` AS a
WHERE
  a.journey_id = 'scenario_reentry_always'
  AND a.to_node = 'day'
  AND NOT a.ended
  AND a.version BETWEEN :since_version AND 1
  AND a.moved_at > CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '90' MINUTE;
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
    a.journey_id = 'scenario_reentry_always'
    AND NOT a.ended
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'scenario_reentry_always'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
) AS s
ON t.journey_id = 'scenario_reentry_always'
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
