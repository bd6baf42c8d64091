-- step audience (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT DISTINCT
    'bread_and_soda' AS journey_id,
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
        NOT c.`customer_id` IS NULL
        AND (
          EXISTS(
            SELECT
              1
            FROM `grocery`.`propensities` AS r
            WHERE
              r.`customer_id` = c.`customer_id` AND r.`bread` BETWEEN :p0 AND :p1
          )
          AND EXISTS(
            SELECT
              1
            FROM `grocery`.`propensities` AS r
            WHERE
              r.`customer_id` = c.`customer_id` AND r.`soda` BETWEEN :p2 AND :p3
          )
          AND (
            EXISTS(
              SELECT
                1
              FROM `grocery`.`consents` AS k
              WHERE
                k.`customer_id` = c.`customer_id` AND k.`purpose` = :p4 AND k.`granted`
            )
            AND NOT EXISTS(
              SELECT
                1
              FROM `grocery`.`consents` AS k
              WHERE
                k.`customer_id` = c.`customer_id`
                AND k.`purpose` = :p4
                AND NOT COALESCE(k.`granted`, FALSE)
            )
          )
        )
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
        v.journey_id = 'bread_and_soda' AND v.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'bread_and_soda' AND t.member_id = s.member_id AND t.visit_no = 1
WHEN NOT MATCHED THEN INSERT (journey_id, member_id, visit_no, version, entry_node, wave, entered_at) VALUES (
  s.journey_id,
  s.member_id,
  s.visit_no,
  s.version,
  s.entry_node,
  s.wave,
  s.entered_at
);
-- :p0 = 0.7
-- :p1 = 1.0
-- :p2 = 0.4
-- :p3 = 0.7
-- :p4 = 'email'
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
    'offer' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'bread_and_soda' AND v.entry_node = 'audience' AND v.wave = :wave
) AS s
ON t.journey_id = 'bread_and_soda'
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
    'bread_and_soda' AS journey_id,
    :wave AS wave,
    'audience' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'bread_and_soda'
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
  m.journey_id = 'bread_and_soda' AND m.from_node = 'audience' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step offer (deliver): writes[0]
MERGE INTO `ledger`.`moves` AS t
USING (
  WITH here AS (
    SELECT
      a.member_id,
      a.visit_no,
      a.entered_at,
      a.moved_at AS arrived_at,
      s.outcome
    FROM `ledger`.`moves` AS a
    JOIN `ledger`.`deliveries` AS s
      ON s.journey_id = 'bread_and_soda'
      AND s.node_id = 'offer'
      AND s.member_id = a.member_id
      AND s.visit_no = a.visit_no
    WHERE
      a.journey_id = 'bread_and_soda'
      AND a.to_node = 'offer'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'bread_and_soda'
          AND d.from_node = 'offer'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
  ), leaving AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.entered_at,
      'done' AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'bread_and_soda' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'offer' AS from_node,
    l.port AS port,
    'two_days' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.from_node = 'offer'
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

-- step offer (deliver): delivery.intend[0]
MERGE INTO `ledger`.`intents` AS t
USING (
  WITH here AS (
    SELECT
      a.member_id,
      a.visit_no,
      a.moved_at AS arrived_at
    FROM `ledger`.`moves` AS a
    WHERE
      a.journey_id = 'bread_and_soda'
      AND a.to_node = 'offer'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'bread_and_soda'
          AND d.from_node = 'offer'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`intents` AS i
        WHERE
          i.journey_id = 'bread_and_soda'
          AND i.node_id = 'offer'
          AND i.member_id = a.member_id
          AND i.visit_no = a.visit_no
      )
  ), judged AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.arrived_at,
      LOWER(TRIM(p.c0)) AS address,
      CASE
        WHEN p.member_id IS NULL
        THEN 'no_customer'
        WHEN NOT COALESCE(
          (
            EXISTS(
              SELECT
                1
              FROM `grocery`.`consents` AS k
              WHERE
                k.`customer_id` = h.member_id AND k.`purpose` = :p0 AND k.`granted`
            )
            AND NOT EXISTS(
              SELECT
                1
              FROM `grocery`.`consents` AS k
              WHERE
                k.`customer_id` = h.member_id
                AND k.`purpose` = :p0
                AND NOT COALESCE(k.`granted`, FALSE)
            )
          ),
          FALSE
        )
        THEN 'no_consent'
        WHEN h.member_id IN (
          SELECT
            u.member_id
          FROM `ledger`.`suppressions` AS u
          WHERE
            u.purpose IN ('email', '*')
          GROUP BY
            u.member_id
          HAVING
            MAX_BY(u.suppressed, u.decided_at)
        )
        THEN 'suppressed'
        WHEN p.c0 IS NULL
        THEN 'no_address'
        WHEN NOT REGEXP_LIKE(TRIM(p.c0), '^[^@\\s]+@[^@\\s.]+(\\.[^@\\s.]+)+$')
        THEN 'invalid_address'
      END AS reason,
      CAST(NULL AS STRING) AS limits,
      TRUE AS awake,
      CAST(NULL AS STRING) AS time_zone
    FROM here AS h
    LEFT JOIN (
      SELECT
        c.`customer_id` AS member_id,
        COALESCE(
          MIN(
            CASE
              WHEN REGEXP_LIKE(TRIM(c.`email`), '^[^@\\s]+@[^@\\s.]+(\\.[^@\\s.]+)+$')
              THEN c.`email`
            END
          ),
          MIN(c.`email`)
        ) AS c0
      FROM `grocery`.`customers` AS c
      GROUP BY
        c.`customer_id`
    ) AS p
      ON p.member_id = h.member_id
  ), once AS (
    SELECT
      j.member_id,
      j.visit_no,
      j.arrived_at,
      COALESCE(
        CASE
          WHEN j.reason IS NULL
          AND ROW_NUMBER() OVER (PARTITION BY j.reason IS NULL, j.address ORDER BY j.member_id, j.visit_no) > 1
          THEN 'duplicate_address'
          ELSE j.reason
        END,
        j.limits
      ) AS reason,
      j.awake,
      j.time_zone
    FROM judged AS j
  ), now_due AS (
    SELECT
      o.member_id,
      o.visit_no,
      o.reason,
      o.time_zone
    FROM once AS o
    WHERE
      NOT o.reason IS NULL OR o.awake
  )
  SELECT
    'bread_and_soda' AS journey_id,
    'offer' AS node_id,
    :wave AS wave,
    o.member_id AS member_id,
    o.visit_no AS visit_no,
    MD5(
      CONCAT(
        CAST('bread_and_soda' AS STRING),
        '/',
        CAST('offer' AS STRING),
        '/',
        CAST(o.member_id AS STRING),
        '/',
        CAST(o.visit_no AS STRING)
      )
    ) AS delivery_key,
    CASE
      WHEN o.reason IS NULL
      THEN CAST((
        ROW_NUMBER() OVER (PARTITION BY o.reason IS NULL ORDER BY o.member_id, o.visit_no) - 1
      ) DIV 10000 AS INT)
    END AS chunk,
    o.reason AS reason,
    CAST(:as_of AS TIMESTAMP_NTZ) AS planned_at,
    'email.smtp' AS channel,
    1 AS version,
    o.time_zone AS time_zone,
    3 AS urgency
  FROM now_due AS o
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.node_id = 'offer'
AND t.member_id = s.member_id
AND t.visit_no = s.visit_no
WHEN NOT MATCHED THEN INSERT (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  chunk,
  reason,
  planned_at,
  channel,
  version,
  time_zone,
  urgency
) VALUES (
  s.journey_id,
  s.node_id,
  s.wave,
  s.member_id,
  s.visit_no,
  s.delivery_key,
  s.chunk,
  s.reason,
  s.planned_at,
  s.channel,
  s.version,
  s.time_zone,
  s.urgency
);
-- :p0 = 'email'
-- at run time: as_of, since_version, wave

-- step offer (deliver): delivery.intend[1]
MERGE INTO `ledger`.`deliveries` AS t
USING (
  SELECT
    i.journey_id AS journey_id,
    i.node_id AS node_id,
    i.wave AS wave,
    i.member_id AS member_id,
    i.visit_no AS visit_no,
    i.delivery_key AS delivery_key,
    'email.smtp' AS channel,
    'suppressed' AS outcome,
    i.reason AS reason,
    CAST(NULL AS STRING) AS reference,
    i.planned_at AS settled_at
  FROM `ledger`.`intents` AS i
  WHERE
    i.journey_id = 'bread_and_soda'
    AND i.node_id = 'offer'
    AND i.wave = :wave
    AND NOT i.reason IS NULL
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.node_id = 'offer'
AND t.delivery_key = s.delivery_key
WHEN NOT MATCHED THEN INSERT (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
) VALUES (
  s.journey_id,
  s.node_id,
  s.wave,
  s.member_id,
  s.visit_no,
  s.delivery_key,
  s.channel,
  s.outcome,
  s.reason,
  s.reference,
  s.settled_at
);
-- at run time: wave

-- step offer (deliver): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'bread_and_soda' AS journey_id,
    :wave AS wave,
    'offer' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.wave = s.wave
AND t.node_id = 'offer'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step offer (deliver): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'offer' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step offer (deliver): delivery.marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'bread_and_soda' AS journey_id,
    :wave AS wave,
    'offer' AS node_id,
    'intend' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.wave = s.wave
AND t.node_id = 'offer'
AND t.task = 'intend'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step offer (deliver): delivery.chunks
SELECT
  COALESCE(MAX(i.chunk) + 1, 0),
  COUNT(*),
  COUNT(i.reason)
FROM `ledger`.`intents` AS i
WHERE
  i.journey_id = 'bread_and_soda' AND i.node_id = 'offer' AND i.wave = :wave;
-- at run time: wave

-- step offer (deliver): delivery.recipients
SELECT
  i.delivery_key,
  CASE
    WHEN EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'offer'
        AND d.member_id = i.member_id
        AND d.visit_no = i.visit_no
    )
    THEN 'visit_ended'
    WHEN p.member_id IS NULL
    THEN 'no_customer'
    WHEN NOT COALESCE(
      (
        EXISTS(
          SELECT
            1
          FROM `grocery`.`consents` AS k
          WHERE
            k.`customer_id` = i.member_id AND k.`purpose` = :p0 AND k.`granted`
        )
        AND NOT EXISTS(
          SELECT
            1
          FROM `grocery`.`consents` AS k
          WHERE
            k.`customer_id` = i.member_id
            AND k.`purpose` = :p0
            AND NOT COALESCE(k.`granted`, FALSE)
        )
      ),
      FALSE
    )
    THEN 'no_consent'
    WHEN i.member_id IN (
      SELECT
        u.member_id
      FROM `ledger`.`suppressions` AS u
      WHERE
        u.purpose IN ('email', '*')
      GROUP BY
        u.member_id
      HAVING
        MAX_BY(u.suppressed, u.decided_at)
    )
    THEN 'suppressed'
    WHEN p.c0 IS NULL
    THEN 'no_address'
    WHEN NOT REGEXP_LIKE(TRIM(p.c0), '^[^@\\s]+@[^@\\s.]+(\\.[^@\\s.]+)+$')
    THEN 'invalid_address'
  END AS reason,
  CAST(NULL AS TIMESTAMP_NTZ) AS wakes_at,
  CAST(NULL AS TIMESTAMP_NTZ) AS sleeps_at,
  p.c0,
  p.c1,
  p.c2,
  p.c3
FROM (
  SELECT
    i.delivery_key,
    i.member_id,
    i.visit_no
  FROM `ledger`.`intents` AS i
  WHERE
    i.journey_id = 'bread_and_soda'
    AND i.node_id = 'offer'
    AND i.wave = :wave
    AND i.chunk = :chunk
) AS i
LEFT JOIN (
  SELECT
    c.`customer_id` AS member_id,
    c.`email` AS c0,
    c.`city` AS c1,
    c.`first_name` AS c2,
    r0.`bread` AS c3
  FROM `grocery`.`customers` AS c
  LEFT JOIN `grocery`.`propensities` AS r0
    ON r0.`customer_id` = c.`customer_id`
) AS p
  ON p.member_id = i.member_id
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM `ledger`.`deliveries` AS s
    WHERE
      s.journey_id = 'bread_and_soda'
      AND s.node_id = 'offer'
      AND s.wave = :wave
      AND s.delivery_key = i.delivery_key
  )
ORDER BY
  i.delivery_key,
  p.c0,
  p.c1,
  p.c2,
  p.c3;
-- :p0 = 'email'
-- at run time: chunk, wave

-- step offer (deliver): delivery.settle
MERGE INTO `ledger`.`deliveries` AS t
USING (
  SELECT
    i.journey_id AS journey_id,
    i.node_id AS node_id,
    i.wave AS wave,
    i.member_id AS member_id,
    i.visit_no AS visit_no,
    i.delivery_key AS delivery_key,
    'email.smtp' AS channel,
    r.outcome AS outcome,
    r.reason AS reason,
    r.reference AS reference,
    CAST(r.settled_at AS TIMESTAMP_NTZ) AS settled_at
  FROM (
    SELECT
      INLINE(
        FROM_JSON(
          :rows,
          'array<struct<delivery_key: STRING, outcome: STRING, reason: STRING, reference: STRING, settled_at: STRING>>'
        )
      )
  ) AS r
  JOIN `ledger`.`intents` AS i
    ON i.delivery_key = r.delivery_key
    AND i.journey_id = 'bread_and_soda'
    AND i.node_id = 'offer'
    AND i.wave = :wave
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`deliveries` AS s
      WHERE
        s.journey_id = 'bread_and_soda'
        AND s.node_id = 'offer'
        AND s.wave = :wave
        AND s.delivery_key = r.delivery_key
    )
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.node_id = 'offer'
AND t.delivery_key = s.delivery_key
WHEN NOT MATCHED THEN INSERT (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
) VALUES (
  s.journey_id,
  s.node_id,
  s.wave,
  s.member_id,
  s.visit_no,
  s.delivery_key,
  s.channel,
  s.outcome,
  s.reason,
  s.reference,
  s.settled_at
);
-- at run time: rows, wave

-- step offer (deliver): delivery.settled
SELECT
  s.outcome,
  COUNT(*)
FROM `ledger`.`intents` AS i
LEFT JOIN `ledger`.`deliveries` AS s
  ON s.delivery_key = i.delivery_key
  AND s.journey_id = 'bread_and_soda'
  AND s.node_id = 'offer'
  AND s.wave = :wave
WHERE
  i.journey_id = 'bread_and_soda'
  AND i.node_id = 'offer'
  AND i.wave = :wave
  AND i.chunk = :chunk
GROUP BY
  s.outcome;
-- at run time: chunk, wave

-- step two_days (move): writes[0]
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
      a.journey_id = 'bread_and_soda'
      AND a.to_node = 'two_days'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'bread_and_soda'
          AND d.from_node = 'two_days'
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
    'bread_and_soda' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'two_days' AS from_node,
    l.port AS port,
    'bought' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.from_node = 'two_days'
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

-- step two_days (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'bread_and_soda' AS journey_id,
    :wave AS wave,
    'two_days' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.wave = s.wave
AND t.node_id = 'two_days'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step two_days (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'two_days' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step two_days (move): next_due
SELECT
  MIN(a.moved_at)
FROM `ledger`.`moves` AS a
WHERE
  a.journey_id = 'bread_and_soda'
  AND a.to_node = 'two_days'
  AND NOT a.ended
  AND a.version BETWEEN :since_version AND 1
  AND a.moved_at > CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '2' DAY;
-- at run time: as_of, since_version

-- step bought (move): writes[0]
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
      a.journey_id = 'bread_and_soda'
      AND a.to_node = 'bought'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'bread_and_soda'
          AND d.from_node = 'bought'
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
          FROM `grocery`.`purchases` AS e
          JOIN here AS x
            ON e.`customer_id` = x.`member_id` AND e.`purchased_at` > x.`entered_at`
          WHERE
            e.`category` IN (:p0, :p1)
            AND NOT e.`customer_id` IS NULL
            AND e.`purchased_at` <= CAST(:as_of AS TIMESTAMP_NTZ)
          GROUP BY
            x.`member_id`,
            x.`visit_no`
          HAVING
            COUNT(*) >= :p2
        )
        THEN 'yes'
        ELSE 'no'
      END AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'bread_and_soda' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'bought' AS from_node,
    l.port AS port,
    CASE l.port WHEN 'yes' THEN 'converted' WHEN 'no' THEN 'arms' END AS to_node,
    CASE l.port WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE END AS ended,
    CASE l.port WHEN 'yes' THEN 'exit:converted' WHEN 'no' THEN NULL END AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'bread_and_soda'
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
-- :p0 = 'bread'
-- :p1 = 'soda'
-- :p2 = 1.0
-- at run time: as_of, since_version, wave

-- step bought (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'bread_and_soda' AS journey_id,
    :wave AS wave,
    'bought' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.wave = s.wave
AND t.node_id = 'bought'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step bought (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'bought' AND m.wave = :wave
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
      a.journey_id = 'bread_and_soda'
      AND a.to_node = 'arms'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'bread_and_soda'
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
                CAST('bread_and_soda' AS STRING),
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
        THEN 'remind'
        WHEN CAST(CONV(
          SUBSTRING(
            MD5(
              CONCAT(
                CAST('bread_and_soda' AS STRING),
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
        THEN 'ads'
        ELSE 'nothing'
      END AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'bread_and_soda' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'arms' AS from_node,
    l.port AS port,
    CASE l.port
      WHEN 'remind'
      THEN 'reminder'
      WHEN 'ads'
      THEN 'ads'
      WHEN 'nothing'
      THEN 'five_days'
    END AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'bread_and_soda'
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
    'bread_and_soda' AS journey_id,
    :wave AS wave,
    'arms' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'bread_and_soda'
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
  m.journey_id = 'bread_and_soda' AND m.from_node = 'arms' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step reminder (deliver): writes[0]
MERGE INTO `ledger`.`moves` AS t
USING (
  WITH here AS (
    SELECT
      a.member_id,
      a.visit_no,
      a.entered_at,
      a.moved_at AS arrived_at,
      s.outcome
    FROM `ledger`.`moves` AS a
    JOIN `ledger`.`deliveries` AS s
      ON s.journey_id = 'bread_and_soda'
      AND s.node_id = 'reminder'
      AND s.member_id = a.member_id
      AND s.visit_no = a.visit_no
    WHERE
      a.journey_id = 'bread_and_soda'
      AND a.to_node = 'reminder'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'bread_and_soda'
          AND d.from_node = 'reminder'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
  ), leaving AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.entered_at,
      'done' AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'bread_and_soda' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'reminder' AS from_node,
    l.port AS port,
    'five_days' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.from_node = 'reminder'
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

-- step reminder (deliver): delivery.intend[0]
MERGE INTO `ledger`.`intents` AS t
USING (
  WITH here AS (
    SELECT
      a.member_id,
      a.visit_no,
      a.moved_at AS arrived_at
    FROM `ledger`.`moves` AS a
    WHERE
      a.journey_id = 'bread_and_soda'
      AND a.to_node = 'reminder'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'bread_and_soda'
          AND d.from_node = 'reminder'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`intents` AS i
        WHERE
          i.journey_id = 'bread_and_soda'
          AND i.node_id = 'reminder'
          AND i.member_id = a.member_id
          AND i.visit_no = a.visit_no
      )
  ), judged AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.arrived_at,
      LOWER(TRIM(p.c0)) AS address,
      CASE
        WHEN p.member_id IS NULL
        THEN 'no_customer'
        WHEN NOT COALESCE(
          (
            EXISTS(
              SELECT
                1
              FROM `grocery`.`consents` AS k
              WHERE
                k.`customer_id` = h.member_id AND k.`purpose` = :p0 AND k.`granted`
            )
            AND NOT EXISTS(
              SELECT
                1
              FROM `grocery`.`consents` AS k
              WHERE
                k.`customer_id` = h.member_id
                AND k.`purpose` = :p0
                AND NOT COALESCE(k.`granted`, FALSE)
            )
          ),
          FALSE
        )
        THEN 'no_consent'
        WHEN h.member_id IN (
          SELECT
            u.member_id
          FROM `ledger`.`suppressions` AS u
          WHERE
            u.purpose IN ('email', '*')
          GROUP BY
            u.member_id
          HAVING
            MAX_BY(u.suppressed, u.decided_at)
        )
        THEN 'suppressed'
        WHEN p.c0 IS NULL
        THEN 'no_address'
        WHEN NOT REGEXP_LIKE(TRIM(p.c0), '^[^@\\s]+@[^@\\s.]+(\\.[^@\\s.]+)+$')
        THEN 'invalid_address'
      END AS reason,
      CAST(NULL AS STRING) AS limits,
      TRUE AS awake,
      CAST(NULL AS STRING) AS time_zone
    FROM here AS h
    LEFT JOIN (
      SELECT
        c.`customer_id` AS member_id,
        COALESCE(
          MIN(
            CASE
              WHEN REGEXP_LIKE(TRIM(c.`email`), '^[^@\\s]+@[^@\\s.]+(\\.[^@\\s.]+)+$')
              THEN c.`email`
            END
          ),
          MIN(c.`email`)
        ) AS c0
      FROM `grocery`.`customers` AS c
      GROUP BY
        c.`customer_id`
    ) AS p
      ON p.member_id = h.member_id
  ), once AS (
    SELECT
      j.member_id,
      j.visit_no,
      j.arrived_at,
      COALESCE(
        CASE
          WHEN j.reason IS NULL
          AND ROW_NUMBER() OVER (PARTITION BY j.reason IS NULL, j.address ORDER BY j.member_id, j.visit_no) > 1
          THEN 'duplicate_address'
          ELSE j.reason
        END,
        j.limits
      ) AS reason,
      j.awake,
      j.time_zone
    FROM judged AS j
  ), now_due AS (
    SELECT
      o.member_id,
      o.visit_no,
      o.reason,
      o.time_zone
    FROM once AS o
    WHERE
      NOT o.reason IS NULL OR o.awake
  )
  SELECT
    'bread_and_soda' AS journey_id,
    'reminder' AS node_id,
    :wave AS wave,
    o.member_id AS member_id,
    o.visit_no AS visit_no,
    MD5(
      CONCAT(
        CAST('bread_and_soda' AS STRING),
        '/',
        CAST('reminder' AS STRING),
        '/',
        CAST(o.member_id AS STRING),
        '/',
        CAST(o.visit_no AS STRING)
      )
    ) AS delivery_key,
    CASE
      WHEN o.reason IS NULL
      THEN CAST((
        ROW_NUMBER() OVER (PARTITION BY o.reason IS NULL ORDER BY o.member_id, o.visit_no) - 1
      ) DIV 10000 AS INT)
    END AS chunk,
    o.reason AS reason,
    CAST(:as_of AS TIMESTAMP_NTZ) AS planned_at,
    'email.smtp' AS channel,
    1 AS version,
    o.time_zone AS time_zone,
    3 AS urgency
  FROM now_due AS o
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.node_id = 'reminder'
AND t.member_id = s.member_id
AND t.visit_no = s.visit_no
WHEN NOT MATCHED THEN INSERT (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  chunk,
  reason,
  planned_at,
  channel,
  version,
  time_zone,
  urgency
) VALUES (
  s.journey_id,
  s.node_id,
  s.wave,
  s.member_id,
  s.visit_no,
  s.delivery_key,
  s.chunk,
  s.reason,
  s.planned_at,
  s.channel,
  s.version,
  s.time_zone,
  s.urgency
);
-- :p0 = 'email'
-- at run time: as_of, since_version, wave

-- step reminder (deliver): delivery.intend[1]
MERGE INTO `ledger`.`deliveries` AS t
USING (
  SELECT
    i.journey_id AS journey_id,
    i.node_id AS node_id,
    i.wave AS wave,
    i.member_id AS member_id,
    i.visit_no AS visit_no,
    i.delivery_key AS delivery_key,
    'email.smtp' AS channel,
    'suppressed' AS outcome,
    i.reason AS reason,
    CAST(NULL AS STRING) AS reference,
    i.planned_at AS settled_at
  FROM `ledger`.`intents` AS i
  WHERE
    i.journey_id = 'bread_and_soda'
    AND i.node_id = 'reminder'
    AND i.wave = :wave
    AND NOT i.reason IS NULL
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.node_id = 'reminder'
AND t.delivery_key = s.delivery_key
WHEN NOT MATCHED THEN INSERT (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
) VALUES (
  s.journey_id,
  s.node_id,
  s.wave,
  s.member_id,
  s.visit_no,
  s.delivery_key,
  s.channel,
  s.outcome,
  s.reason,
  s.reference,
  s.settled_at
);
-- at run time: wave

-- step reminder (deliver): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'bread_and_soda' AS journey_id,
    :wave AS wave,
    'reminder' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.wave = s.wave
AND t.node_id = 'reminder'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step reminder (deliver): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'reminder' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step reminder (deliver): delivery.marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'bread_and_soda' AS journey_id,
    :wave AS wave,
    'reminder' AS node_id,
    'intend' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.wave = s.wave
AND t.node_id = 'reminder'
AND t.task = 'intend'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step reminder (deliver): delivery.chunks
SELECT
  COALESCE(MAX(i.chunk) + 1, 0),
  COUNT(*),
  COUNT(i.reason)
FROM `ledger`.`intents` AS i
WHERE
  i.journey_id = 'bread_and_soda' AND i.node_id = 'reminder' AND i.wave = :wave;
-- at run time: wave

-- step reminder (deliver): delivery.recipients
SELECT
  i.delivery_key,
  CASE
    WHEN EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'reminder'
        AND d.member_id = i.member_id
        AND d.visit_no = i.visit_no
    )
    THEN 'visit_ended'
    WHEN p.member_id IS NULL
    THEN 'no_customer'
    WHEN NOT COALESCE(
      (
        EXISTS(
          SELECT
            1
          FROM `grocery`.`consents` AS k
          WHERE
            k.`customer_id` = i.member_id AND k.`purpose` = :p0 AND k.`granted`
        )
        AND NOT EXISTS(
          SELECT
            1
          FROM `grocery`.`consents` AS k
          WHERE
            k.`customer_id` = i.member_id
            AND k.`purpose` = :p0
            AND NOT COALESCE(k.`granted`, FALSE)
        )
      ),
      FALSE
    )
    THEN 'no_consent'
    WHEN i.member_id IN (
      SELECT
        u.member_id
      FROM `ledger`.`suppressions` AS u
      WHERE
        u.purpose IN ('email', '*')
      GROUP BY
        u.member_id
      HAVING
        MAX_BY(u.suppressed, u.decided_at)
    )
    THEN 'suppressed'
    WHEN p.c0 IS NULL
    THEN 'no_address'
    WHEN NOT REGEXP_LIKE(TRIM(p.c0), '^[^@\\s]+@[^@\\s.]+(\\.[^@\\s.]+)+$')
    THEN 'invalid_address'
  END AS reason,
  CAST(NULL AS TIMESTAMP_NTZ) AS wakes_at,
  CAST(NULL AS TIMESTAMP_NTZ) AS sleeps_at,
  p.c0,
  p.c1
FROM (
  SELECT
    i.delivery_key,
    i.member_id,
    i.visit_no
  FROM `ledger`.`intents` AS i
  WHERE
    i.journey_id = 'bread_and_soda'
    AND i.node_id = 'reminder'
    AND i.wave = :wave
    AND i.chunk = :chunk
) AS i
LEFT JOIN (
  SELECT
    c.`customer_id` AS member_id,
    c.`email` AS c0,
    c.`first_name` AS c1
  FROM `grocery`.`customers` AS c
) AS p
  ON p.member_id = i.member_id
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM `ledger`.`deliveries` AS s
    WHERE
      s.journey_id = 'bread_and_soda'
      AND s.node_id = 'reminder'
      AND s.wave = :wave
      AND s.delivery_key = i.delivery_key
  )
ORDER BY
  i.delivery_key,
  p.c0,
  p.c1;
-- :p0 = 'email'
-- at run time: chunk, wave

-- step reminder (deliver): delivery.settle
MERGE INTO `ledger`.`deliveries` AS t
USING (
  SELECT
    i.journey_id AS journey_id,
    i.node_id AS node_id,
    i.wave AS wave,
    i.member_id AS member_id,
    i.visit_no AS visit_no,
    i.delivery_key AS delivery_key,
    'email.smtp' AS channel,
    r.outcome AS outcome,
    r.reason AS reason,
    r.reference AS reference,
    CAST(r.settled_at AS TIMESTAMP_NTZ) AS settled_at
  FROM (
    SELECT
      INLINE(
        FROM_JSON(
          :rows,
          'array<struct<delivery_key: STRING, outcome: STRING, reason: STRING, reference: STRING, settled_at: STRING>>'
        )
      )
  ) AS r
  JOIN `ledger`.`intents` AS i
    ON i.delivery_key = r.delivery_key
    AND i.journey_id = 'bread_and_soda'
    AND i.node_id = 'reminder'
    AND i.wave = :wave
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`deliveries` AS s
      WHERE
        s.journey_id = 'bread_and_soda'
        AND s.node_id = 'reminder'
        AND s.wave = :wave
        AND s.delivery_key = r.delivery_key
    )
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.node_id = 'reminder'
AND t.delivery_key = s.delivery_key
WHEN NOT MATCHED THEN INSERT (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
) VALUES (
  s.journey_id,
  s.node_id,
  s.wave,
  s.member_id,
  s.visit_no,
  s.delivery_key,
  s.channel,
  s.outcome,
  s.reason,
  s.reference,
  s.settled_at
);
-- at run time: rows, wave

-- step reminder (deliver): delivery.settled
SELECT
  s.outcome,
  COUNT(*)
FROM `ledger`.`intents` AS i
LEFT JOIN `ledger`.`deliveries` AS s
  ON s.delivery_key = i.delivery_key
  AND s.journey_id = 'bread_and_soda'
  AND s.node_id = 'reminder'
  AND s.wave = :wave
WHERE
  i.journey_id = 'bread_and_soda'
  AND i.node_id = 'reminder'
  AND i.wave = :wave
  AND i.chunk = :chunk
GROUP BY
  s.outcome;
-- at run time: chunk, wave

-- step ads (deliver): writes[0]
MERGE INTO `ledger`.`moves` AS t
USING (
  WITH here AS (
    SELECT
      a.member_id,
      a.visit_no,
      a.entered_at,
      a.moved_at AS arrived_at,
      s.outcome
    FROM `ledger`.`moves` AS a
    JOIN `ledger`.`deliveries` AS s
      ON s.journey_id = 'bread_and_soda'
      AND s.node_id = 'ads'
      AND s.member_id = a.member_id
      AND s.visit_no = a.visit_no
    WHERE
      a.journey_id = 'bread_and_soda'
      AND a.to_node = 'ads'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'bread_and_soda'
          AND d.from_node = 'ads'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
  ), leaving AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.entered_at,
      'done' AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'bread_and_soda' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'ads' AS from_node,
    l.port AS port,
    'five_days' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.from_node = 'ads'
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

-- step ads (deliver): delivery.intend[0]
MERGE INTO `ledger`.`intents` AS t
USING (
  WITH here AS (
    SELECT
      a.member_id,
      a.visit_no,
      a.moved_at AS arrived_at
    FROM `ledger`.`moves` AS a
    WHERE
      a.journey_id = 'bread_and_soda'
      AND a.to_node = 'ads'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'bread_and_soda'
          AND d.from_node = 'ads'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`intents` AS i
        WHERE
          i.journey_id = 'bread_and_soda'
          AND i.node_id = 'ads'
          AND i.member_id = a.member_id
          AND i.visit_no = a.visit_no
      )
  ), judged AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.arrived_at,
      LOWER(TRIM(p.c0)) AS address,
      CASE
        WHEN p.member_id IS NULL
        THEN 'no_customer'
        WHEN NOT COALESCE(
          (
            EXISTS(
              SELECT
                1
              FROM `grocery`.`consents` AS k
              WHERE
                k.`customer_id` = h.member_id AND k.`purpose` = :p0 AND k.`granted`
            )
            AND NOT EXISTS(
              SELECT
                1
              FROM `grocery`.`consents` AS k
              WHERE
                k.`customer_id` = h.member_id
                AND k.`purpose` = :p0
                AND NOT COALESCE(k.`granted`, FALSE)
            )
          ),
          FALSE
        )
        THEN 'no_consent'
        WHEN h.member_id IN (
          SELECT
            u.member_id
          FROM `ledger`.`suppressions` AS u
          WHERE
            u.purpose IN ('paid_media', '*')
          GROUP BY
            u.member_id
          HAVING
            MAX_BY(u.suppressed, u.decided_at)
        )
        THEN 'suppressed'
        WHEN p.c0 IS NULL AND p.c1 IS NULL
        THEN 'no_address'
      END AS reason,
      CAST(NULL AS STRING) AS limits,
      TRUE AS awake,
      CAST(NULL AS STRING) AS time_zone
    FROM here AS h
    LEFT JOIN (
      SELECT
        c.`customer_id` AS member_id,
        MIN(
          CASE
            WHEN LOWER(TRIM(c.`email`)) LIKE '%_@_%'
            THEN SHA2(LOWER(TRIM(c.`email`)), 256)
          END
        ) AS c0,
        MIN(
          SHA2(NULLIF(REGEXP_REPLACE(CAST(c.`phone` AS STRING), '^[^1-9]+|[^0-9]', ''), ''), 256)
        ) AS c1
      FROM `grocery`.`customers` AS c
      GROUP BY
        c.`customer_id`
    ) AS p
      ON p.member_id = h.member_id
  ), once AS (
    SELECT
      j.member_id,
      j.visit_no,
      j.arrived_at,
      COALESCE(j.reason, j.limits) AS reason,
      j.awake,
      j.time_zone
    FROM judged AS j
  ), now_due AS (
    SELECT
      o.member_id,
      o.visit_no,
      o.reason,
      o.time_zone
    FROM once AS o
    WHERE
      NOT o.reason IS NULL OR o.awake
  )
  SELECT
    'bread_and_soda' AS journey_id,
    'ads' AS node_id,
    :wave AS wave,
    o.member_id AS member_id,
    o.visit_no AS visit_no,
    MD5(
      CONCAT(
        CAST('bread_and_soda' AS STRING),
        '/',
        CAST('ads' AS STRING),
        '/',
        CAST(o.member_id AS STRING),
        '/',
        CAST(o.visit_no AS STRING)
      )
    ) AS delivery_key,
    CASE
      WHEN o.reason IS NULL
      THEN CAST((
        ROW_NUMBER() OVER (PARTITION BY o.reason IS NULL ORDER BY o.member_id, o.visit_no) - 1
      ) DIV 200000 AS INT)
    END AS chunk,
    o.reason AS reason,
    CAST(:as_of AS TIMESTAMP_NTZ) AS planned_at,
    'audience.meta' AS channel,
    1 AS version,
    o.time_zone AS time_zone,
    5 AS urgency
  FROM now_due AS o
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.node_id = 'ads'
AND t.member_id = s.member_id
AND t.visit_no = s.visit_no
WHEN NOT MATCHED THEN INSERT (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  chunk,
  reason,
  planned_at,
  channel,
  version,
  time_zone,
  urgency
) VALUES (
  s.journey_id,
  s.node_id,
  s.wave,
  s.member_id,
  s.visit_no,
  s.delivery_key,
  s.chunk,
  s.reason,
  s.planned_at,
  s.channel,
  s.version,
  s.time_zone,
  s.urgency
);
-- :p0 = 'paid_media'
-- at run time: as_of, since_version, wave

-- step ads (deliver): delivery.intend[1]
MERGE INTO `ledger`.`deliveries` AS t
USING (
  SELECT
    i.journey_id AS journey_id,
    i.node_id AS node_id,
    i.wave AS wave,
    i.member_id AS member_id,
    i.visit_no AS visit_no,
    i.delivery_key AS delivery_key,
    'audience.meta' AS channel,
    'suppressed' AS outcome,
    i.reason AS reason,
    CAST(NULL AS STRING) AS reference,
    i.planned_at AS settled_at
  FROM `ledger`.`intents` AS i
  WHERE
    i.journey_id = 'bread_and_soda'
    AND i.node_id = 'ads'
    AND i.wave = :wave
    AND NOT i.reason IS NULL
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.node_id = 'ads'
AND t.delivery_key = s.delivery_key
WHEN NOT MATCHED THEN INSERT (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
) VALUES (
  s.journey_id,
  s.node_id,
  s.wave,
  s.member_id,
  s.visit_no,
  s.delivery_key,
  s.channel,
  s.outcome,
  s.reason,
  s.reference,
  s.settled_at
);
-- at run time: wave

-- step ads (deliver): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'bread_and_soda' AS journey_id,
    :wave AS wave,
    'ads' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.wave = s.wave
AND t.node_id = 'ads'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step ads (deliver): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'ads' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step ads (deliver): delivery.marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'bread_and_soda' AS journey_id,
    :wave AS wave,
    'ads' AS node_id,
    'intend' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.wave = s.wave
AND t.node_id = 'ads'
AND t.task = 'intend'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step ads (deliver): delivery.chunks
SELECT
  COALESCE(MAX(i.chunk) + 1, 0),
  COUNT(*),
  COUNT(i.reason)
FROM `ledger`.`intents` AS i
WHERE
  i.journey_id = 'bread_and_soda' AND i.node_id = 'ads' AND i.wave = :wave;
-- at run time: wave

-- step ads (deliver): delivery.recipients
SELECT
  i.delivery_key,
  CASE
    WHEN EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = 'ads'
        AND d.member_id = i.member_id
        AND d.visit_no = i.visit_no
    )
    THEN 'visit_ended'
    WHEN p.member_id IS NULL
    THEN 'no_customer'
    WHEN NOT COALESCE(
      (
        EXISTS(
          SELECT
            1
          FROM `grocery`.`consents` AS k
          WHERE
            k.`customer_id` = i.member_id AND k.`purpose` = :p0 AND k.`granted`
        )
        AND NOT EXISTS(
          SELECT
            1
          FROM `grocery`.`consents` AS k
          WHERE
            k.`customer_id` = i.member_id
            AND k.`purpose` = :p0
            AND NOT COALESCE(k.`granted`, FALSE)
        )
      ),
      FALSE
    )
    THEN 'no_consent'
    WHEN i.member_id IN (
      SELECT
        u.member_id
      FROM `ledger`.`suppressions` AS u
      WHERE
        u.purpose IN ('paid_media', '*')
      GROUP BY
        u.member_id
      HAVING
        MAX_BY(u.suppressed, u.decided_at)
    )
    THEN 'suppressed'
    WHEN p.c0 IS NULL AND p.c1 IS NULL
    THEN 'no_address'
  END AS reason,
  CAST(NULL AS TIMESTAMP_NTZ) AS wakes_at,
  CAST(NULL AS TIMESTAMP_NTZ) AS sleeps_at,
  p.c0,
  p.c1
FROM (
  SELECT
    i.delivery_key,
    i.member_id,
    i.visit_no
  FROM `ledger`.`intents` AS i
  WHERE
    i.journey_id = 'bread_and_soda'
    AND i.node_id = 'ads'
    AND i.wave = :wave
    AND i.chunk = :chunk
) AS i
LEFT JOIN (
  SELECT
    c.`customer_id` AS member_id,
    CASE
      WHEN LOWER(TRIM(c.`email`)) LIKE '%_@_%'
      THEN SHA2(LOWER(TRIM(c.`email`)), 256)
    END AS c0,
    SHA2(NULLIF(REGEXP_REPLACE(CAST(c.`phone` AS STRING), '^[^1-9]+|[^0-9]', ''), ''), 256) AS c1
  FROM `grocery`.`customers` AS c
) AS p
  ON p.member_id = i.member_id
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM `ledger`.`deliveries` AS s
    WHERE
      s.journey_id = 'bread_and_soda'
      AND s.node_id = 'ads'
      AND s.wave = :wave
      AND s.delivery_key = i.delivery_key
  )
ORDER BY
  i.delivery_key,
  p.c0,
  p.c1;
-- :p0 = 'paid_media'
-- at run time: chunk, wave

-- step ads (deliver): delivery.settle
MERGE INTO `ledger`.`deliveries` AS t
USING (
  SELECT
    i.journey_id AS journey_id,
    i.node_id AS node_id,
    i.wave AS wave,
    i.member_id AS member_id,
    i.visit_no AS visit_no,
    i.delivery_key AS delivery_key,
    'audience.meta' AS channel,
    r.outcome AS outcome,
    r.reason AS reason,
    r.reference AS reference,
    CAST(r.settled_at AS TIMESTAMP_NTZ) AS settled_at
  FROM (
    SELECT
      INLINE(
        FROM_JSON(
          :rows,
          'array<struct<delivery_key: STRING, outcome: STRING, reason: STRING, reference: STRING, settled_at: STRING>>'
        )
      )
  ) AS r
  JOIN `ledger`.`intents` AS i
    ON i.delivery_key = r.delivery_key
    AND i.journey_id = 'bread_and_soda'
    AND i.node_id = 'ads'
    AND i.wave = :wave
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`deliveries` AS s
      WHERE
        s.journey_id = 'bread_and_soda'
        AND s.node_id = 'ads'
        AND s.wave = :wave
        AND s.delivery_key = r.delivery_key
    )
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.node_id = 'ads'
AND t.delivery_key = s.delivery_key
WHEN NOT MATCHED THEN INSERT (
  journey_id,
  node_id,
  wave,
  member_id,
  visit_no,
  delivery_key,
  channel,
  outcome,
  reason,
  reference,
  settled_at
) VALUES (
  s.journey_id,
  s.node_id,
  s.wave,
  s.member_id,
  s.visit_no,
  s.delivery_key,
  s.channel,
  s.outcome,
  s.reason,
  s.reference,
  s.settled_at
);
-- at run time: rows, wave

-- step ads (deliver): delivery.settled
SELECT
  s.outcome,
  COUNT(*)
FROM `ledger`.`intents` AS i
LEFT JOIN `ledger`.`deliveries` AS s
  ON s.delivery_key = i.delivery_key
  AND s.journey_id = 'bread_and_soda'
  AND s.node_id = 'ads'
  AND s.wave = :wave
WHERE
  i.journey_id = 'bread_and_soda'
  AND i.node_id = 'ads'
  AND i.wave = :wave
  AND i.chunk = :chunk
GROUP BY
  s.outcome;
-- at run time: chunk, wave

-- step five_days (move): writes[0]
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
      a.journey_id = 'bread_and_soda'
      AND a.to_node = 'five_days'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'bread_and_soda'
          AND d.from_node = 'five_days'
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
      h.arrived_at + INTERVAL '5' DAY <= CAST(:as_of AS TIMESTAMP_NTZ)
  )
  SELECT
    'bread_and_soda' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'five_days' AS from_node,
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
ON t.journey_id = 'bread_and_soda'
AND t.from_node = 'five_days'
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

-- step five_days (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'bread_and_soda' AS journey_id,
    :wave AS wave,
    'five_days' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'bread_and_soda'
AND t.wave = s.wave
AND t.node_id = 'five_days'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step five_days (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'bread_and_soda' AND m.from_node = 'five_days' AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step five_days (move): next_due
SELECT
  MIN(a.moved_at)
FROM `ledger`.`moves` AS a
WHERE
  a.journey_id = 'bread_and_soda'
  AND a.to_node = 'five_days'
  AND NOT a.ended
  AND a.version BETWEEN :since_version AND 1
  AND a.moved_at > CAST(:as_of AS TIMESTAMP_NTZ) - INTERVAL '5' DAY;
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
    a.journey_id = 'bread_and_soda'
    AND NOT a.ended
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'bread_and_soda'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
) AS s
ON t.journey_id = 'bread_and_soda'
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
