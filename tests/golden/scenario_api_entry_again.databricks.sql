-- step desk (enter): writes[0]
MERGE INTO `ledger`.`taken` AS t
USING (
  SELECT
    q.journey_id AS journey_id,
    q.request_key AS request_key,
    q.entry_node AS entry_node,
    :wave AS wave
  FROM `ledger`.`requests` AS q
  WHERE
    q.journey_id = 'scenario_api_entry_again'
    AND q.entry_node = 'desk'
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`taken` AS t
      WHERE
        t.journey_id = 'scenario_api_entry_again' AND t.request_key = q.request_key
    )
) AS s
ON t.journey_id = 'scenario_api_entry_again' AND t.request_key = s.request_key
WHEN NOT MATCHED THEN INSERT (journey_id, request_key, entry_node, wave) VALUES (s.journey_id, s.request_key, s.entry_node, s.wave);
-- at run time: wave

-- step desk (enter): writes[1]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT
    'scenario_api_entry_again' AS journey_id,
    n.member_id AS member_id,
    CAST(COALESCE(b.visit_no, 0) + 1 AS INT) AS visit_no,
    1 AS version,
    'desk' AS entry_node,
    :wave AS wave,
    n.happened_at AS entered_at,
    n.visit_key AS visit_key
  FROM (
    SELECT
      g.member_id,
      g.visit_key,
      CAST(:as_of AS TIMESTAMP_NTZ) AS happened_at,
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
        CAST(NULL AS STRING) AS visit_key,
        MAX(CASE WHEN q.run_at = CAST(:run_at AS TIMESTAMP_NTZ) THEN 1 ELSE 0 END) AS of_run
      FROM `ledger`.`taken` AS t
      JOIN `ledger`.`requests` AS q
        ON q.journey_id = 'scenario_api_entry_again' AND q.request_key = t.request_key
      JOIN `ledger`.`inbox` AS i
        ON i.journey_id = 'scenario_api_entry_again' AND i.request_key = t.request_key
      WHERE
        t.journey_id = 'scenario_api_entry_again'
        AND t.entry_node = 'desk'
        AND t.wave = :wave
      GROUP BY
        i.member_id
    ) AS g
    LEFT JOIN (
      SELECT DISTINCT
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
    ) AS c
      ON c.member_id = g.member_id
  ) AS n
  LEFT JOIN (
    SELECT
      v.member_id,
      MAX(v.visit_no) AS visit_no
    FROM `ledger`.`visits` AS v
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
        FROM `ledger`.`visits` AS v
        LEFT JOIN `ledger`.`moves` AS e
          ON e.journey_id = 'scenario_api_entry_again'
          AND e.member_id = v.member_id
          AND e.visit_no = v.visit_no
          AND e.ended
          AND e.moved_at <= CAST(:as_of AS TIMESTAMP_NTZ)
          AND NOT COALESCE(e.reason, '') IN ('holdout', 'removed')
        WHERE
          v.journey_id = 'scenario_api_entry_again'
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
        x.journey_id = 'scenario_api_entry_again'
        AND x.member_id = n.member_id
        AND x.reason = 'removed'
    )
) AS s
ON t.journey_id = 'scenario_api_entry_again'
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
-- at run time: as_of, run_at, wave

-- step desk (enter): writes[2]
MERGE INTO `ledger`.`refusals` AS t
USING (
  SELECT
    'scenario_api_entry_again' AS journey_id,
    n.member_id AS member_id,
    'desk' AS entry_node,
    COALESCE(n.unfit, 'reentry') AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS refused_at,
    n.visit_key AS visit_key,
    n.happened_at AS happened_at
  FROM (
    SELECT
      g.member_id,
      g.visit_key,
      CAST(:as_of AS TIMESTAMP_NTZ) AS happened_at,
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
        CAST(NULL AS STRING) AS visit_key,
        MAX(CASE WHEN q.run_at = CAST(:run_at AS TIMESTAMP_NTZ) THEN 1 ELSE 0 END) AS of_run
      FROM `ledger`.`taken` AS t
      JOIN `ledger`.`requests` AS q
        ON q.journey_id = 'scenario_api_entry_again' AND q.request_key = t.request_key
      JOIN `ledger`.`inbox` AS i
        ON i.journey_id = 'scenario_api_entry_again' AND i.request_key = t.request_key
      WHERE
        t.journey_id = 'scenario_api_entry_again'
        AND t.entry_node = 'desk'
        AND t.wave = :wave
      GROUP BY
        i.member_id
    ) AS g
    LEFT JOIN (
      SELECT DISTINCT
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
    ) AS c
      ON c.member_id = g.member_id
  ) AS n
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`visits` AS v
      WHERE
        v.journey_id = 'scenario_api_entry_again'
        AND v.entry_node = 'desk'
        AND v.wave = :wave
        AND v.member_id = n.member_id
        AND v.visit_key IS NOT DISTINCT FROM n.visit_key
    )
) AS s
ON t.journey_id = 'scenario_api_entry_again'
AND t.entry_node = 'desk'
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
-- at run time: as_of, run_at, wave

-- step desk (enter): writes[3]
MERGE INTO `ledger`.`moves` AS t
USING (
  SELECT
    v.journey_id AS journey_id,
    v.member_id AS member_id,
    v.visit_no AS visit_no,
    v.version AS version,
    v.entered_at AS entered_at,
    'desk' AS from_node,
    'next' AS port,
    'hour' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'scenario_api_entry_again'
    AND v.entry_node = 'desk'
    AND v.wave = :wave
) AS s
ON t.journey_id = 'scenario_api_entry_again'
AND t.from_node = 'desk'
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

-- step desk (enter): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_api_entry_again' AS journey_id,
    :wave AS wave,
    'desk' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_api_entry_again'
AND t.wave = s.wave
AND t.node_id = 'desk'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step desk (enter): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_api_entry_again'
  AND m.from_node = 'desk'
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
      a.journey_id = 'scenario_api_entry_again'
      AND a.to_node = 'hour'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
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
      h.arrived_at + INTERVAL '1' HOUR <= CAST(:as_of AS TIMESTAMP_NTZ)
  )
  SELECT
    'scenario_api_entry_again' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'hour' AS from_node,
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
ON t.journey_id = 'scenario_api_entry_again'
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
    'scenario_api_entry_again' AS journey_id,
    :wave AS wave,
    'hour' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_api_entry_again'
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
  m.journey_id = 'scenario_api_entry_again'
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
  a.journey_id = 'scenario_api_entry_again'
  AND a.to_node = 'hour'
  AND NOT a.ended
  AND a.version BETWEEN :since_version AND 1
  AND a.moved_at > CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '1' HOUR;
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
    a.journey_id = 'scenario_api_entry_again'
    AND NOT a.ended
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'scenario_api_entry_again'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
) AS s
ON t.journey_id = 'scenario_api_entry_again'
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
