-- step audience (enter): writes[0]
MERGE INTO `ledger`.`visits` AS t
USING (
  SELECT DISTINCT
    'scenario_message_events' AS journey_id,
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
        v.journey_id = 'scenario_message_events' AND v.member_id = m.member_id
    )
) AS s
ON t.journey_id = 'scenario_message_events'
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
    'letter' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    v.wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM `ledger`.`visits` AS v
  WHERE
    v.journey_id = 'scenario_message_events'
    AND v.entry_node = 'audience'
    AND v.wave = :wave
) AS s
ON t.journey_id = 'scenario_message_events'
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
    'scenario_message_events' AS journey_id,
    :wave AS wave,
    'audience' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_message_events'
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
  m.journey_id = 'scenario_message_events'
  AND m.from_node = 'audience'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step letter (deliver): writes[0]
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
      ON s.journey_id = 'scenario_message_events'
      AND s.node_id = 'letter'
      AND s.member_id = a.member_id
      AND s.visit_no = a.visit_no
    WHERE
      a.journey_id = 'scenario_message_events'
      AND a.to_node = 'letter'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_message_events'
          AND d.from_node = 'letter'
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
    'scenario_message_events' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'letter' AS from_node,
    l.port AS port,
    'clicks' AS to_node,
    FALSE AS ended,
    CAST(NULL AS STRING) AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_message_events'
AND t.from_node = 'letter'
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

-- step letter (deliver): delivery.intend[0]
MERGE INTO `ledger`.`intents` AS t
USING (
  WITH here AS (
    SELECT
      a.member_id,
      a.visit_no,
      a.moved_at AS arrived_at
    FROM `ledger`.`moves` AS a
    WHERE
      a.journey_id = 'scenario_message_events'
      AND a.to_node = 'letter'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_message_events'
          AND d.from_node = 'letter'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`intents` AS i
        WHERE
          i.journey_id = 'scenario_message_events'
          AND i.node_id = 'letter'
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
              FROM `shop`.`consents` AS k
              WHERE
                k.`customer_id` = h.member_id AND k.`purpose` = :p0 AND k.`granted`
            )
            AND NOT EXISTS(
              SELECT
                1
              FROM `shop`.`consents` AS k
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
      FROM `shop`.`customers` AS c
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
    'scenario_message_events' AS journey_id,
    'letter' AS node_id,
    :wave AS wave,
    o.member_id AS member_id,
    o.visit_no AS visit_no,
    MD5(
      CONCAT(
        CAST('scenario_message_events' AS STRING),
        '/',
        CAST('letter' AS STRING),
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
    'letter' AS channel,
    1 AS version,
    o.time_zone AS time_zone,
    3 AS urgency
  FROM now_due AS o
) AS s
ON t.journey_id = 'scenario_message_events'
AND t.node_id = 'letter'
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

-- step letter (deliver): delivery.intend[1]
MERGE INTO `ledger`.`deliveries` AS t
USING (
  SELECT
    i.journey_id AS journey_id,
    i.node_id AS node_id,
    i.wave AS wave,
    i.member_id AS member_id,
    i.visit_no AS visit_no,
    i.delivery_key AS delivery_key,
    'letter' AS channel,
    'suppressed' AS outcome,
    i.reason AS reason,
    CAST(NULL AS STRING) AS reference,
    i.planned_at AS settled_at
  FROM `ledger`.`intents` AS i
  WHERE
    i.journey_id = 'scenario_message_events'
    AND i.node_id = 'letter'
    AND i.wave = :wave
    AND NOT i.reason IS NULL
) AS s
ON t.journey_id = 'scenario_message_events'
AND t.node_id = 'letter'
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

-- step letter (deliver): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_message_events' AS journey_id,
    :wave AS wave,
    'letter' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_message_events'
AND t.wave = s.wave
AND t.node_id = 'letter'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step letter (deliver): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_message_events'
  AND m.from_node = 'letter'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step letter (deliver): delivery.marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_message_events' AS journey_id,
    :wave AS wave,
    'letter' AS node_id,
    'intend' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_message_events'
AND t.wave = s.wave
AND t.node_id = 'letter'
AND t.task = 'intend'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step letter (deliver): delivery.chunks
SELECT
  COALESCE(MAX(i.chunk) + 1, 0),
  COUNT(*),
  COUNT(i.reason)
FROM `ledger`.`intents` AS i
WHERE
  i.journey_id = 'scenario_message_events'
  AND i.node_id = 'letter'
  AND i.wave = :wave;
-- at run time: wave

-- step letter (deliver): delivery.recipients
SELECT
  i.delivery_key,
  CASE
    WHEN EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'scenario_message_events'
        AND d.from_node = 'letter'
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
          FROM `shop`.`consents` AS k
          WHERE
            k.`customer_id` = i.member_id AND k.`purpose` = :p0 AND k.`granted`
        )
        AND NOT EXISTS(
          SELECT
            1
          FROM `shop`.`consents` AS k
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
  p.c0
FROM (
  SELECT
    i.delivery_key,
    i.member_id,
    i.visit_no
  FROM `ledger`.`intents` AS i
  WHERE
    i.journey_id = 'scenario_message_events'
    AND i.node_id = 'letter'
    AND i.wave = :wave
    AND i.chunk = :chunk
) AS i
LEFT JOIN (
  SELECT
    c.`customer_id` AS member_id,
    c.`email` AS c0
  FROM `shop`.`customers` AS c
) AS p
  ON p.member_id = i.member_id
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM `ledger`.`deliveries` AS s
    WHERE
      s.journey_id = 'scenario_message_events'
      AND s.node_id = 'letter'
      AND s.wave = :wave
      AND s.delivery_key = i.delivery_key
  )
ORDER BY
  i.delivery_key,
  p.c0;
-- :p0 = 'email'
-- at run time: chunk, wave

-- step letter (deliver): delivery.settle
MERGE INTO `ledger`.`deliveries` AS t
USING (
  SELECT
    i.journey_id AS journey_id,
    i.node_id AS node_id,
    i.wave AS wave,
    i.member_id AS member_id,
    i.visit_no AS visit_no,
    i.delivery_key AS delivery_key,
    'letter' AS channel,
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
    AND i.journey_id = 'scenario_message_events'
    AND i.node_id = 'letter'
    AND i.wave = :wave
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`deliveries` AS s
      WHERE
        s.journey_id = 'scenario_message_events'
        AND s.node_id = 'letter'
        AND s.wave = :wave
        AND s.delivery_key = r.delivery_key
    )
) AS s
ON t.journey_id = 'scenario_message_events'
AND t.node_id = 'letter'
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

-- step letter (deliver): delivery.settled
SELECT
  s.outcome,
  COUNT(*)
FROM `ledger`.`intents` AS i
LEFT JOIN `ledger`.`deliveries` AS s
  ON s.delivery_key = i.delivery_key
  AND s.journey_id = 'scenario_message_events'
  AND s.node_id = 'letter'
  AND s.wave = :wave
WHERE
  i.journey_id = 'scenario_message_events'
  AND i.node_id = 'letter'
  AND i.wave = :wave
  AND i.chunk = :chunk
GROUP BY
  s.outcome;
-- at run time: chunk, wave

-- step clicks (move): writes[0]
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
      a.journey_id = 'scenario_message_events'
      AND a.to_node = 'clicks'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_message_events'
          AND d.from_node = 'clicks'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
  ), leaving AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.entered_at,
      CASE
        WHEN CAST(:as_of AS TIMESTAMP_NTZ) <= h.arrived_at + INTERVAL '1' DAY
        AND (h.member_id, h.visit_no) IN (
          SELECT
            e.member_id,
            e.visit_no
          FROM `ledger`.`message_events` AS e
          WHERE
            e.journey_id = 'scenario_message_events'
            AND e.node_id = 'letter'
            AND e.kind = 'clicked'
            AND e.happened_at <= CAST(:as_of AS TIMESTAMP_NTZ)
        )
        THEN 'met'
        WHEN CAST(:as_of AS TIMESTAMP_NTZ) >= h.arrived_at + INTERVAL '1' DAY
        THEN 'timed_out'
        ELSE NULL
      END AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'scenario_message_events' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'clicks' AS from_node,
    l.port AS port,
    CASE l.port WHEN 'met' THEN 'yes' WHEN 'timed_out' THEN 'back' END AS to_node,
    CASE l.port WHEN 'met' THEN TRUE WHEN 'timed_out' THEN FALSE END AS ended,
    CASE l.port WHEN 'met' THEN 'exit:clicked' WHEN 'timed_out' THEN NULL END AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_message_events'
AND t.from_node = 'clicks'
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

-- step clicks (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_message_events' AS journey_id,
    :wave AS wave,
    'clicks' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_message_events'
AND t.wave = s.wave
AND t.node_id = 'clicks'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step clicks (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_message_events'
  AND m.from_node = 'clicks'
  AND m.wave = :wave
GROUP BY
  m.to_node,
  m.ended;
-- at run time: wave

-- step clicks (move): next_due
WITH here AS (
  SELECT
    a.member_id,
    a.visit_no,
    a.entered_at,
    a.moved_at AS arrived_at
  FROM `ledger`.`moves` AS a
  WHERE
    a.journey_id = 'scenario_message_events'
    AND a.to_node = 'clicks'
    AND NOT a.ended
    AND a.version BETWEEN :since_version AND 1
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'scenario_message_events'
        AND d.from_node = 'clicks'
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
)
SELECT
  MIN(
    LEAST(CAST(:as_of AS TIMESTAMP_NTZ) + INTERVAL '1' HOUR, h.arrived_at + INTERVAL '1' DAY)
  ),
  MIN(h.arrived_at + INTERVAL '1' DAY)
FROM here AS h;
-- at run time: as_of, since_version

-- step back (move): writes[0]
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
      a.journey_id = 'scenario_message_events'
      AND a.to_node = 'back'
      AND NOT a.ended
      AND a.version BETWEEN :since_version AND 1
      AND NOT EXISTS(
        SELECT
          1
        FROM `ledger`.`moves` AS d
        WHERE
          d.journey_id = 'scenario_message_events'
          AND d.from_node = 'back'
          AND d.member_id = a.member_id
          AND d.visit_no = a.visit_no
      )
  ), leaving AS (
    SELECT
      h.member_id,
      h.visit_no,
      h.entered_at,
      CASE
        WHEN (h.member_id, h.visit_no) IN (
          SELECT
            e.member_id,
            e.visit_no
          FROM `ledger`.`message_events` AS e
          WHERE
            e.journey_id = 'scenario_message_events'
            AND e.node_id = 'letter'
            AND e.kind = 'bounced'
            AND e.happened_at <= CAST(:as_of AS TIMESTAMP_NTZ)
        )
        AND NOT COALESCE(
          (h.member_id, h.visit_no) IN (
            SELECT
              e.member_id,
              e.visit_no
            FROM `ledger`.`message_events` AS e
            WHERE
              e.journey_id = 'scenario_message_events'
              AND e.node_id = 'letter'
              AND e.kind = 'opened'
              AND e.happened_at <= CAST(:as_of AS TIMESTAMP_NTZ)
          ),
          FALSE
        )
        THEN 'yes'
        ELSE 'no'
      END AS port
    FROM here AS h
    WHERE
      TRUE
  )
  SELECT
    'scenario_message_events' AS journey_id,
    l.member_id AS member_id,
    l.visit_no AS visit_no,
    1 AS version,
    l.entered_at AS entered_at,
    'back' AS from_node,
    l.port AS port,
    CASE l.port WHEN 'yes' THEN 'gone' WHEN 'no' THEN 'quiet' END AS to_node,
    TRUE AS ended,
    CASE l.port WHEN 'yes' THEN 'exit:gone' WHEN 'no' THEN 'exit:quiet' END AS reason,
    :wave AS wave,
    CAST(:as_of AS TIMESTAMP_NTZ) AS moved_at
  FROM leaving AS l
  WHERE
    NOT l.port IS NULL
) AS s
ON t.journey_id = 'scenario_message_events'
AND t.from_node = 'back'
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

-- step back (move): marker
MERGE INTO `ledger`.`waves` AS t
USING (
  SELECT
    'scenario_message_events' AS journey_id,
    :wave AS wave,
    'back' AS node_id,
    'move' AS task,
    CAST(:as_of AS TIMESTAMP_NTZ) AS as_of
) AS s
ON t.journey_id = 'scenario_message_events'
AND t.wave = s.wave
AND t.node_id = 'back'
AND t.task = 'move'
WHEN NOT MATCHED THEN INSERT (journey_id, wave, node_id, task, as_of) VALUES (s.journey_id, s.wave, s.node_id, s.task, s.as_of);
-- at run time: as_of, wave

-- step back (move): moved
SELECT
  m.to_node,
  m.ended,
  COUNT(*)
FROM `ledger`.`moves` AS m
WHERE
  m.journey_id = 'scenario_message_events'
  AND m.from_node = 'back'
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
    a.journey_id = 'scenario_message_events'
    AND NOT a.ended
    AND NOT EXISTS(
      SELECT
        1
      FROM `ledger`.`moves` AS d
      WHERE
        d.journey_id = 'scenario_message_events'
        AND d.from_node = a.to_node
        AND d.member_id = a.member_id
        AND d.visit_no = a.visit_no
    )
) AS s
ON t.journey_id = 'scenario_message_events'
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
