-- step audience (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT DISTINCT
    'reference' AS journey_id,
    m.member_id AS member_id,
    1 AS visit_no,
    1 AS version,
    'audience' AS entry_node,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS entered_at
  FROM (
    SELECT
      c.`customer_id` AS member_id
    FROM `grocery`.`customers` AS c
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
        v.journey_id = 'reference' AND v.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'reference' AND t.member_id = s.member_id AND t.visit_no = 1
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
    'loves_bread' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'reference' AND v.entry_node = 'audience' AND v.wave = :wave
) AS s
ON t.journey_id = 'reference'
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
    'reference' AS journey_id,
    :wave AS wave,
    'audience' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'reference'
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
  m.journey_id = 'reference' AND m.from_node = 'audience' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step loves_bread (move): writes[0]
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
      a.journey_id = 'reference'
      AND a.to_node = 'loves_bread'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'reference'
          AND d.from_node = 'loves_bread'
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
          FROM `grocery`.`customers` AS c
          WHERE
            NOT c.`customer_id` IS NULL
            AND EXISTS(
              SELECT
                1
              FROM `grocery`.`propensities` AS r
              WHERE
                r.`customer_id` = c.`customer_id` AND r.`bread` BETWEEN :p0 AND :p1
            )
        )
        THEN 'yes'
        ELSE 'no'
      END AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'reference' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'loves_bread' AS from_node,
    l.port AS port,
    CASE l.port WHEN 'yes' THEN 'arms' WHEN 'no' THEN 'pause' END AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'reference'
AND t.from_node = 'loves_bread'
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
-- :p0 = 0.5
-- :p1 = 1.0
-- at run time: as_of, since_version, wave

-- step loves_bread (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'reference' AS journey_id,
    :wave AS wave,
    'loves_bread' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'reference'
AND t.wave = s.wave
AND t.node_id = 'loves_bread'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step loves_bread (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'reference' AND m.from_node = 'loves_bread' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step arms (move): writes[0]
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
      a.journey_id = 'reference'
      AND a.to_node = 'arms'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'reference'
          AND d.from_node = 'arms'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
  ), leaving AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.entered_at,
      CASE
        WHEN CAST(CONV(
          SUBSTRING(
            MD5(
              CONCAT(
                CAST('reference' AS STRING),
                '/',
                CAST('arms' AS STRING),
                '/',
                CAST(h.member_id AS STRING)
              )
            ),
            1,
            8
          ),
          16,
          10
        ) AS BIGINT) % 10000 < 3334
        THEN 'a'
        WHEN CAST(CONV(
          SUBSTRING(
            MD5(
              CONCAT(
                CAST('reference' AS STRING),
                '/',
                CAST('arms' AS STRING),
                '/',
                CAST(h.member_id AS STRING)
              )
            ),
            1,
            8
          ),
          16,
          10
        ) AS BIGINT) % 10000 < 6667
        THEN 'b'
        ELSE 'c'
      END AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'reference' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'arms' AS from_node,
    l.port AS port,
    'pause' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'reference'
AND t.from_node = 'arms'
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

-- step arms (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'reference' AS journey_id,
    :wave AS wave,
    'arms' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'reference'
AND t.wave = s.wave
AND t.node_id = 'arms'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step arms (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'reference' AND m.from_node = 'arms' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step pause (move): writes[0]
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
      a.journey_id = 'reference'
      AND a.to_node = 'pause'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'reference'
          AND d.from_node = 'pause'
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
      h.arrived_at + INTERVAL '1' SECOND <= CAST(:as_of AS TIMESTAMP_NTZ)
  )
  SELECT
    'reference' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'pause' AS from_node,
    l.port AS port,
    'recheck' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'reference'
AND t.from_node = 'pause'
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

-- step pause (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'reference' AS journey_id,
    :wave AS wave,
    'pause' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'reference'
AND t.wave = s.wave
AND t.node_id = 'pause'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step pause (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'reference' AND m.from_node = 'pause' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step pause (move): next_due
SELECT
  MIN(a.moved_at)
FROM `ledger`.`moves` AS a
WHERE
  a.journey_id = 'reference'
  AND a.to_node = 'pause'
  AND NOT a.ended
  AND a.version BETWEEN :since_version AND 1
  AND a.moved_at > CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '1' SECOND;
-- at run time: as_of, since_version

-- step recheck (move): writes[0]
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
      a.journey_id = 'reference'
      AND a.to_node = 'recheck'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'reference'
          AND d.from_node = 'recheck'
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
          FROM `grocery`.`customers` AS c
          WHERE
            NOT c.`customer_id` IS NULL
            AND EXISTS(
              SELECT
                1
              FROM `grocery`.`propensities` AS r
              WHERE
                r.`customer_id` = c.`customer_id` AND r.`soda` BETWEEN :p0 AND :p1
            )
        )
        THEN 'yes'
        ELSE 'no'
      END AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'reference' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'recheck' AS from_node,
    l.port AS port,
    CASE l.port WHEN 'yes' THEN 'yes' WHEN 'no' THEN 'no' END AS to_node,
    TRUE AS ended,
    CASE l.port WHEN 'yes' THEN 'exit:loves_soda' WHEN 'no' THEN 'exit:completed' END AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'reference'
AND t.from_node = 'recheck'
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
-- :p0 = 0.5
-- :p1 = 1.0
-- at run time: as_of, since_version, wave

-- step recheck (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'reference' AS journey_id,
    :wave AS wave,
    'recheck' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'reference'
AND t.wave = s.wave
AND t.node_id = 'recheck'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step recheck (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'reference' AND m.from_node = 'recheck' AND m.wave = :wave
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
    a.journey_id = 'reference'
    AND NOT a.ended
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'reference'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
) AS s
ON t.journey_id = 'reference'
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

-- transfer.standing
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.to_node
  FROM `ledger`.`moves` AS a
  WHERE
    a.journey_id = 'reference'
    AND NOT a.ended
    AND a.version BETWEEN :since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'reference'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
)
SELECT
  h.to_node,
  COUNT(*)
FROM here AS h
GROUP BY
  h.to_node;
-- at run time: since_version

-- transfer.taken
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.to_node
  FROM `ledger`.`moves` AS a
  WHERE
    a.journey_id = 'reference'
    AND NOT a.ended
    AND a.version BETWEEN :since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'reference'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
)
SELECT DISTINCT
  m.from_node,
  m.to_node
FROM `ledger`.`moves` AS m
JOIN here AS h
  ON h.member_id = m.member_id AND h.visit_no = m.visit_no
WHERE
  m.journey_id = 'reference' AND NOT m.to_node IS NULL;
-- at run time: since_version

-- transfer.marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'reference' AS journey_id,
    :wave AS wave,
    '*' AS node_id,
    'transfer' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'reference'
AND t.wave = s.wave
AND t.node_id = '*'
AND t.task = 'transfer'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- transfer.writes[0]
MERGE INTO `ledger`.`moves` AS t
USING (
  WITH here AS (
    SELECT
      a.member_id,
      a.visit_no,
      a.entered_at,
      a.to_node
    FROM `ledger`.`moves` AS a
    WHERE
      a.journey_id = 'reference'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'reference'
          AND d.from_node = a.to_node
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
  )
  SELECT
    'reference' AS journey_id,
    h.member_id AS member_id,
    h.visit_no AS visit_no,
    1 AS version,
    h.entered_at AS entered_at,
    h.to_node AS from_node,
    CAST(NULL AS STRING) AS port,
    r.to_node AS to_node,
    r.ended AS ended,
    'version' AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM here AS h
  JOIN (
    SELECT
      INLINE(
        FROM_JSON(:rows, 'array<struct<from_node: STRING, to_node: STRING, ended: BOOLEAN>>')
      )
  ) AS r
    ON r.from_node = h.to_node
) AS s
ON t.journey_id = 'reference'
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
-- at run time: as_of, rows, since_version, wave
