-- step bought (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT
    'scenario_event_entry_again' AS journey_id,
    n.member_id AS member_id,
    CAST(COALESCE(b.visit_no, 0) + 1 AS INT) AS visit_no,
    1 AS version,
    'bought' AS entry_node,
    :wave AS wave,
    n.happened_at AS entered_at,
    n.visit_key AS visit_key
  FROM (
    SELECT
      s.member_id,
      s.visit_key,
      s.happened_at,
      CAST(NULL AS STRING) AS unfit
    FROM (
      SELECT
        e.`customer_id` AS member_id,
        CAST(NULL AS STRING) AS visit_key,
        MAX(e.`purchased_at`) AS happened_at
      FROM `shop`.`purchases` AS e
      WHERE
        (
          (
            (
              NOT e.`customer_id` IS NULL AND e.`purchased_at` <= CAST(:as_of AS TIMESTAMP_NTZ)
            )
            AND e.`purchased_at` > CAST(:since AS TIMESTAMP_NTZ)
          )
          AND e.`customer_id` IN (
            SELECT
              c.`customer_id` AS member_id
            FROM `shop`.`customers` AS c
            WHERE
              NOT c.`customer_id` IS NULL AND TRUE
          )
        )
        AND NOT e.`customer_id` IN (
          SELECT
            x.member_id
          FROM `ledger`.`erasures` AS x
        )
      GROUP BY
        e.`customer_id`
    ) AS s
    WHERE
      NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`visits` AS v
        WHERE
          v.journey_id = 'scenario_event_entry_again'
          AND v.entry_node = 'bought'
          AND v.entered_at > CAST(:since AS TIMESTAMP_NTZ)
          AND v.member_id = s.member_id
          AND v.visit_key IS NOT DISTINCT FROM s.visit_key
          AND v.entered_at >= s.happened_at
      )
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`refusals` AS r
        WHERE
          r.journey_id = 'scenario_event_entry_again'
          AND r.entry_node = 'bought'
          AND r.happened_at > CAST(:since AS TIMESTAMP_NTZ)
          AND r.member_id = s.member_id
          AND r.visit_key IS NOT DISTINCT FROM s.visit_key
          AND r.happened_at >= s.happened_at
      )
  ) AS n
  LEFT JOIN (
    SELECT
      v.member_id,
      MAX(v.visit_no) AS visit_no
    FROM `ledger`.`visits` AS v
    WHERE
      v.journey_id = 'scenario_event_entry_again'
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
        FROM `ledger`.`visits` AS v
        LEFT JOIN `ledger`.`moves` AS e
          ON e.journey_id = 'scenario_event_entry_again'
          AND e.member_id = v.member_id
          AND e.visit_no = v.visit_no
          AND e.ended
          AND e.moved_at <= CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '30' MINUTE
          AND NOT COALESCE(e.reason, '') IN ('holdout', 'removed')
        WHERE
          v.journey_id = 'scenario_event_entry_again'
          AND (
            e.member_id IS NULL OR v.wave >= :wave
          )
      ) AS o
      WHERE
        o.member_id = n.member_id
    )
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS x
      WHERE
        x.journey_id = 'scenario_event_entry_again'
        AND x.member_id = n.member_id
        AND x.reason = 'removed'
    )
) AS s
ON t.journey_id = 'scenario_event_entry_again'
AND t.member_id = s.member_id
AND t.visit_no = s.visit_no
WHEN NOT MATCHED THEN INSERT (
  journey_id,
  member_id,
  visit_no,
  version,
  entry_node,
  wave,
  entered_at,
  visit_key
) VALUES (
  s.journey_id,
  s.member_id,
  s.visit_no,
  s.version,
  s.entry_node,
  s.wave,
  s.entered_at,
  s.visit_key
);
-- at run time: as_of, since, wave

-- step bought (enter): writes[1]
MERGE INTO `ledger`.`refusals` AS t
USING (
  SELECT
    'scenario_event_entry_again' AS journey_id,
    n.member_id AS member_id,
    'bought' AS entry_node,
    COALESCE(n.unfit, 'reentry') AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS refused_at,
    n.visit_key AS visit_key,
    n.happened_at AS happened_at
  FROM (
    SELECT
      s.member_id,
      s.visit_key,
      s.happened_at,
      CAST(NULL AS STRING) AS unfit
    FROM (
      SELECT
        e.`customer_id` AS member_id,
        CAST(NULL AS STRING) AS visit_key,
        MAX(e.`purchased_at`) AS happened_at
      FROM `shop`.`purchases` AS e
      WHERE
        (
          (
            (
              NOT e.`customer_id` IS NULL AND e.`purchased_at` <= CAST(:as_of AS TIMESTAMP_NTZ)
            )
            AND e.`purchased_at` > CAST(:since AS TIMESTAMP_NTZ)
          )
          AND e.`customer_id` IN (
            SELECT
              c.`customer_id` AS member_id
            FROM `shop`.`customers` AS c
            WHERE
              NOT c.`customer_id` IS NULL AND TRUE
          )
        )
        AND NOT e.`customer_id` IN (
          SELECT
            x.member_id
          FROM `ledger`.`erasures` AS x
        )
      GROUP BY
        e.`customer_id`
    ) AS s
    WHERE
      NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`visits` AS v
        WHERE
          v.journey_id = 'scenario_event_entry_again'
          AND v.entry_node = 'bought'
          AND v.entered_at > CAST(:since AS TIMESTAMP_NTZ)
          AND v.member_id = s.member_id
          AND v.visit_key IS NOT DISTINCT FROM s.visit_key
          AND v.entered_at >= s.happened_at
      )
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`refusals` AS r
        WHERE
          r.journey_id = 'scenario_event_entry_again'
          AND r.entry_node = 'bought'
          AND r.happened_at > CAST(:since AS TIMESTAMP_NTZ)
          AND r.member_id = s.member_id
          AND r.visit_key IS NOT DISTINCT FROM s.visit_key
          AND r.happened_at >= s.happened_at
      )
  ) AS n
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`visits` AS v
      WHERE
        v.journey_id = 'scenario_event_entry_again'
        AND v.entry_node = 'bought'
        AND v.wave = :wave
        AND v.member_id = n.member_id
        AND v.visit_key IS NOT DISTINCT FROM n.visit_key
    )
) AS s
ON t.journey_id = 'scenario_event_entry_again'
AND t.entry_node = 'bought'
AND t.member_id = s.member_id
AND t.reason = s.reason
AND t.wave = s.wave
AND t.visit_key IS NOT DISTINCT FROM s.visit_key
AND t.happened_at IS NOT DISTINCT FROM s.happened_at
WHEN NOT MATCHED THEN INSERT (
  journey_id,
  member_id,
  entry_node,
  reason,
  wave,
  refused_at,
  visit_key,
  happened_at
) VALUES (
  s.journey_id,
  s.member_id,
  s.entry_node,
  s.reason,
  s.wave,
  s.refused_at,
  s.visit_key,
  s.happened_at
);
-- at run time: as_of, since, wave

-- step bought (enter): writes[2]
MERGE INTO `ledger`.`moves` AS t
USING (
  SELECT
    v.journey_id AS journey_id,
    v.member_id AS member_id,
    v.visit_no AS visit_no,
    v.version AS version,
    v.entered_at AS entered_at,
    'bought' AS from_node,
    'next' AS port,
    'hour' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'scenario_event_entry_again'
    AND v.entry_node = 'bought'
    AND v.wave = :wave
) AS s
ON t.journey_id = 'scenario_event_entry_again'
AND t.from_node = 'bought'
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

-- step bought (enter): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_event_entry_again' AS journey_id,
    :wave AS wave,
    'bought' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_event_entry_again'
AND t.wave = s.wave
AND t.node_id = 'bought'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step bought (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_event_entry_again'
  AND m.from_node = 'bought'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step hour (move): writes[0]
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
      a.journey_id = 'scenario_event_entry_again'
      AND a.to_node = 'hour'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_event_entry_again'
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
      h.arrived_at + INTERVAL '1' HOUR <= CAST(:as_of AS TIMESTAMP_NTZ)
  )
  SELECT
    'scenario_event_entry_again' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'hour' AS from_node,
    l.port AS port,
    'again' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_event_entry_again'
AND t.from_node = 'hour'
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

-- step hour (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_event_entry_again' AS journey_id,
    :wave AS wave,
    'hour' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_event_entry_again'
AND t.wave = s.wave
AND t.node_id = 'hour'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step hour (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_event_entry_again'
  AND m.from_node = 'hour'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step hour (move): next_due
SELECT
  MIN(a.moved_at)
FROM `ledger`.`moves` AS a
WHERE
  a.journey_id = 'scenario_event_entry_again'
  AND a.to_node = 'hour'
  AND NOT a.ended
  AND a.version BETWEEN :since_version AND 1
  AND a.moved_at > CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '1' HOUR;
-- at run time: as_of, since_version

-- step again (move): writes[0]
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
      a.journey_id = 'scenario_event_entry_again'
      AND a.to_node = 'again'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_event_entry_again'
          AND d.from_node = 'again'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
  ), leaving AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.entered_at,
      CASE
        WHEN (h.`member_id`, h.`visit_no`) IN (
          SELECT
            x.`member_id`,
            x.`visit_no`
          FROM `shop`.`purchases` AS e
          JOIN here AS x
            ON e.`customer_id` = x.`member_id` AND e.`purchased_at` > x.`entered_at`
          WHERE
            NOT e.`customer_id` IS NULL AND e.`purchased_at` <= CAST(:as_of AS TIMESTAMP_NTZ)
          GROUP BY
            x.`member_id`,
            x.`visit_no`
          HAVING
            COUNT(*) >= :p0
        )
        THEN 'yes'
        ELSE 'no'
      END AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'scenario_event_entry_again' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'again' AS from_node,
    l.port AS port,
    CASE l.port WHEN 'yes' THEN 'back' WHEN 'no' THEN NULL END AS to_node,
    TRUE AS ended,
    CASE l.port WHEN 'yes' THEN 'exit:back' WHEN 'no' THEN 'end_of_path' END AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_event_entry_again'
AND t.from_node = 'again'
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
-- :p0 = 1
-- at run time: as_of, since_version, wave

-- step again (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_event_entry_again' AS journey_id,
    :wave AS wave,
    'again' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_event_entry_again'
AND t.wave = s.wave
AND t.node_id = 'again'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step again (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_event_entry_again'
  AND m.from_node = 'again'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

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
    a.journey_id = 'scenario_event_entry_again'
    AND NOT a.ended
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'scenario_event_entry_again'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
) AS s
ON t.journey_id = 'scenario_event_entry_again'
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
