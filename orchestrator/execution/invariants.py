"""The invariants of the ledger as SQL: each statement returns the rows that break one; none means it holds.

`:edges`, `:caps`, `:nights` and `:purposes` are what the plans of all versions say, `:pauses` when journeys paused,
`:noes` the consents that were refused, with when.
"""

INVARIANTS: tuple[tuple[int, str, str], ...] = (
    (
        1,
        "a visit is there once",
        """SELECT v.journey_id, v.member_id, v.visit_no FROM visits AS v
        GROUP BY v.journey_id, v.member_id, v.visit_no HAVING COUNT(*) > 1""",
    ),
    (
        1,
        "nobody is in a journey without a visit",
        """SELECT m.journey_id, m.member_id, m.visit_no FROM moves AS m WHERE NOT EXISTS (
          SELECT 1 FROM visits AS v WHERE v.journey_id = m.journey_id AND v.member_id = m.member_id
            AND v.visit_no = m.visit_no)""",
    ),
    (
        1,
        "nobody is inside twice by the same key",
        """SELECT v.journey_id, v.member_id, v.visit_key, COUNT(*) FROM visits AS v WHERE NOT EXISTS (
          SELECT 1 FROM moves AS e WHERE e.journey_id = v.journey_id AND e.member_id = v.member_id
            AND e.visit_no = v.visit_no AND e.ended)
        GROUP BY v.journey_id, v.member_id, v.visit_key HAVING COUNT(*) > 1""",
    ),
    (
        1,
        "what brings a member in does so once",
        """SELECT v.journey_id, v.entry_node, v.member_id, v.visit_key, v.entered_at FROM visits AS v
        GROUP BY v.journey_id, v.entry_node, v.member_id, v.visit_key, v.entered_at HAVING COUNT(*) > 1""",
    ),
    (
        1,
        "whoever was posted and taken by a wave came in or was refused",
        """SELECT t.journey_id, t.entry_node, t.wave, i.member_id FROM taken AS t
        JOIN inbox AS i ON i.journey_id = t.journey_id AND i.request_key = t.request_key
        WHERE NOT EXISTS (SELECT 1 FROM visits AS v WHERE v.journey_id = t.journey_id AND v.member_id = i.member_id
          AND v.entry_node = t.entry_node AND v.wave = t.wave)
        AND NOT EXISTS (SELECT 1 FROM refusals AS r WHERE r.journey_id = t.journey_id AND r.member_id = i.member_id
          AND r.entry_node = t.entry_node AND r.wave = t.wave)""",
    ),
    (
        1,
        "a request is taken by one wave",
        """SELECT t.journey_id, t.request_key FROM taken AS t
        GROUP BY t.journey_id, t.request_key HAVING COUNT(*) > 1""",
    ),
    (
        1,
        "a goal is reached once in a visit, and not before it began",
        """SELECT c.journey_id, c.member_id, c.visit_no FROM conversions AS c LEFT JOIN visits AS v
          ON v.journey_id = c.journey_id AND v.member_id = c.member_id AND v.visit_no = c.visit_no
          AND v.entered_at <= c.reached_at
        GROUP BY c.journey_id, c.member_id, c.visit_no HAVING COUNT(*) > 1 OR COUNT(v.wave) = 0""",
    ),
    (
        2,
        "every visit leaves its entry",
        """SELECT v.journey_id, v.member_id, v.visit_no FROM visits AS v WHERE NOT EXISTS (
          SELECT 1 FROM moves AS m WHERE m.journey_id = v.journey_id AND m.member_id = v.member_id
            AND m.visit_no = v.visit_no AND m.from_node = v.entry_node)""",
    ),
    (
        2,
        "whoever leaves a step had arrived there, and not later",
        """SELECT m.journey_id, m.member_id, m.visit_no, m.from_node FROM moves AS m
        JOIN visits AS v ON v.journey_id = m.journey_id AND v.member_id = m.member_id AND v.visit_no = m.visit_no
        WHERE m.from_node <> v.entry_node AND NOT EXISTS (
          SELECT 1 FROM moves AS a WHERE a.journey_id = m.journey_id AND a.member_id = m.member_id
            AND a.visit_no = m.visit_no AND a.to_node = m.from_node AND a.moved_at <= m.moved_at)""",
    ),
    (
        3,
        "a visit leaves a step at most once",
        """SELECT m.journey_id, m.member_id, m.visit_no, m.from_node FROM moves AS m
        GROUP BY m.journey_id, m.member_id, m.visit_no, m.from_node HAVING COUNT(*) > 1""",
    ),
    (
        3,
        "a visit arrives at a step at most once",
        """SELECT m.journey_id, m.member_id, m.visit_no, m.to_node FROM moves AS m WHERE NOT m.to_node IS NULL
        GROUP BY m.journey_id, m.member_id, m.visit_no, m.to_node HAVING COUNT(*) > 1""",
    ),
    (
        4,
        "an open visit is at exactly one step, a closed one at none, and a visit ends at most once",
        """SELECT p.journey_id, p.member_id, p.visit_no, p.at_steps, p.ends FROM (
          SELECT m.journey_id, m.member_id, m.visit_no, SUM(CASE WHEN m.ended THEN 1 ELSE 0 END) AS ends,
            SUM(CASE WHEN NOT m.ended AND d.from_node IS NULL THEN 1 ELSE 0 END) AS at_steps
          FROM moves AS m LEFT JOIN moves AS d ON d.journey_id = m.journey_id AND d.member_id = m.member_id
            AND d.visit_no = m.visit_no AND d.from_node = m.to_node
          GROUP BY m.journey_id, m.member_id, m.visit_no) AS p
        WHERE NOT ((p.ends = 0 AND p.at_steps = 1) OR (p.ends = 1 AND p.at_steps = 0))""",
    ),
    (
        5,
        "every line taken is drawn in the visit's version",
        """SELECT m.journey_id, m.member_id, m.visit_no, m.from_node, m.port, m.to_node FROM moves AS m
        WHERE NOT m.to_node IS NULL AND NOT (m.port IS NULL AND COALESCE(m.reason, '') = 'version')
          AND m.journey_id IN (SELECT q.journey_id FROM :edges AS q) AND NOT EXISTS (
          SELECT 1 FROM :edges AS e WHERE e.journey_id = m.journey_id AND e.version = m.version
            AND e.from_node = m.from_node AND e.port = m.port AND e.to_node = m.to_node)""",
    ),
    (
        5,
        "nobody goes back to an earlier version",
        """SELECT m.journey_id, m.member_id, m.visit_no, m.from_node, m.version FROM moves AS m
        JOIN moves AS a ON a.journey_id = m.journey_id AND a.member_id = m.member_id AND a.visit_no = m.visit_no
          AND a.to_node = m.from_node AND a.version > m.version""",
    ),
    (
        6,
        "there is one intent for each visit and step",
        """SELECT i.journey_id, i.member_id, i.visit_no, i.node_id FROM intents AS i
        GROUP BY i.journey_id, i.member_id, i.visit_no, i.node_id HAVING COUNT(*) > 1""",
    ),
    (
        6,
        "an intent is settled at most once",
        """SELECT s.journey_id, s.node_id, s.delivery_key FROM deliveries AS s
        GROUP BY s.journey_id, s.node_id, s.delivery_key HAVING COUNT(*) > 1""",
    ),
    (
        6,
        "nothing is settled that was not intended, and nothing accepted that was not to be sent",
        """SELECT s.journey_id, s.node_id, s.delivery_key FROM deliveries AS s WHERE NOT EXISTS (
          SELECT 1 FROM intents AS i WHERE i.journey_id = s.journey_id AND i.node_id = s.node_id
            AND i.delivery_key = s.delivery_key AND (i.reason IS NULL OR s.outcome = 'suppressed'))""",
    ),
    (
        6,
        "nobody leaves a step that acts by a port before their delivery is settled",
        """SELECT i.journey_id, i.node_id, i.delivery_key FROM intents AS i
        JOIN moves AS m ON m.journey_id = i.journey_id AND m.member_id = i.member_id AND m.visit_no = i.visit_no
          AND m.from_node = i.node_id AND NOT m.port IS NULL
        WHERE NOT EXISTS (SELECT 1 FROM deliveries AS s WHERE s.journey_id = i.journey_id
          AND s.node_id = i.node_id AND s.delivery_key = i.delivery_key)""",
    ),
    (
        6,
        "what happened to a message happened to one that was meant for that member",
        """SELECT e.journey_id, e.node_id, e.delivery_key, e.kind FROM message_events AS e WHERE NOT EXISTS (
          SELECT 1 FROM intents AS i WHERE i.journey_id = e.journey_id AND i.node_id = e.node_id
            AND i.delivery_key = e.delivery_key AND i.member_id = e.member_id AND i.visit_no = e.visit_no)""",
    ),
    (
        7,
        "nothing is accepted for a visit that ended more than 10 seconds before",
        """SELECT s.journey_id, s.node_id, s.delivery_key FROM deliveries AS s
        JOIN moves AS m ON m.journey_id = s.journey_id AND m.member_id = s.member_id AND m.visit_no = s.visit_no
          AND m.ended
        WHERE s.outcome = 'accepted' AND s.settled_at > m.moved_at + INTERVAL '10' SECOND""",
    ),
    (
        7,
        "nothing is accepted while the journey was paused for more than 10 seconds",
        """SELECT s.journey_id, s.node_id, s.delivery_key FROM deliveries AS s JOIN :pauses AS p
          ON p.journey_id = s.journey_id AND s.settled_at > CAST(p.paused_at AS TIMESTAMP_NTZ) + INTERVAL '10' SECOND
          AND s.settled_at < CAST(p.resumed_at AS TIMESTAMP_NTZ)
        WHERE s.outcome = 'accepted'""",
    ),
    (
        7,
        "nobody is intended who had said no before, or was suppressed",
        """SELECT i.journey_id, i.node_id, i.delivery_key FROM intents AS i JOIN :purposes AS c
          ON c.journey_id = i.journey_id AND c.version = i.version AND c.node_id = i.node_id
        JOIN :noes AS n ON n.member_id = i.member_id AND n.purpose = c.purpose AND n.decided_at < i.planned_at
        WHERE i.reason IS NULL
        UNION
        SELECT i.journey_id, i.node_id, i.delivery_key FROM intents AS i JOIN :purposes AS c
          ON c.journey_id = i.journey_id AND c.version = i.version AND c.node_id = i.node_id
        JOIN suppressions AS u ON u.member_id = i.member_id AND u.purpose IN (c.purpose, '*')
          AND u.decided_at < i.planned_at
        WHERE i.reason IS NULL
        GROUP BY i.journey_id, i.node_id, i.delivery_key HAVING MAX_BY(u.suppressed, u.decided_at)""",
    ),
    (
        7,
        "nothing is accepted in quiet hours, by the member's clock",
        """SELECT l.journey_id, l.node_id, l.delivery_key FROM (
          SELECT s.journey_id, s.node_id, s.delivery_key, q.begins, q.ends,
            CONVERT_TIMEZONE('UTC', i.time_zone, s.settled_at) AS local_at,
            CONVERT_TIMEZONE('UTC', i.time_zone, s.settled_at - INTERVAL '60' SECOND) AS local_before
          FROM deliveries AS s JOIN intents AS i ON i.journey_id = s.journey_id AND i.node_id = s.node_id
            AND i.delivery_key = s.delivery_key AND NOT i.time_zone IS NULL
          JOIN :nights AS q ON q.journey_id = i.journey_id AND q.version = i.version AND q.node_id = i.node_id
          WHERE s.outcome = 'accepted') AS l
        WHERE CASE WHEN l.begins < l.ends THEN {at} >= l.begins AND {at} < l.ends
            ELSE {at} >= l.begins OR {at} < l.ends END
          AND CASE WHEN l.begins < l.ends THEN {before} >= l.begins AND {before} < l.ends
            ELSE {before} >= l.begins OR {before} < l.ends END""".format(
            at="(EXTRACT(HOUR FROM l.local_at) * 60 + EXTRACT(MINUTE FROM l.local_at))",
            before="(EXTRACT(HOUR FROM l.local_before) * 60 + EXTRACT(MINUTE FROM l.local_before))",
        ),
    ),
    (
        7,
        "nobody gets more than a frequency cap allows",
        """SELECT i.journey_id, i.node_id, i.delivery_key FROM intents AS i
        JOIN deliveries AS s ON s.journey_id = i.journey_id AND s.node_id = i.node_id
          AND s.delivery_key = i.delivery_key AND s.outcome IN ('accepted', 'unknown')
        JOIN :caps AS c ON c.journey_id = i.journey_id AND c.version = i.version AND c.node_id = i.node_id
        JOIN intents AS e ON e.member_id = i.member_id AND e.channel = c.channel AND e.reason IS NULL
          AND (NOT c.own OR e.journey_id = i.journey_id) AND (e.planned_at < i.planned_at
            OR (e.planned_at = i.planned_at AND e.delivery_key < i.delivery_key))
        JOIN deliveries AS t ON t.journey_id = e.journey_id AND t.node_id = e.node_id
          AND t.delivery_key = e.delivery_key AND t.outcome IN ('accepted', 'unknown')
          AND t.settled_at > DATEADD(DAY, (-c.within_days), i.planned_at)
        GROUP BY i.journey_id, i.node_id, i.delivery_key, c.number, c.most HAVING COUNT(*) >= c.most""",
    ),
    (
        10,
        "a member who was erased has no row outside the tombstone",
        """SELECT r.journey_id, r.member_id FROM (
          SELECT journey_id, member_id FROM visits UNION ALL SELECT journey_id, member_id FROM moves
          UNION ALL SELECT journey_id, member_id FROM intents UNION ALL SELECT journey_id, member_id FROM deliveries
          UNION ALL SELECT journey_id, member_id FROM conversions UNION ALL SELECT journey_id, member_id FROM refusals
          UNION ALL SELECT journey_id, member_id FROM inbox
          UNION ALL SELECT journey_id, member_id FROM message_events
          UNION ALL SELECT '' AS journey_id, member_id FROM suppressions) AS r
        JOIN erasures AS e ON e.member_id = r.member_id AND NOT e.erased_at IS NULL""",
    ),
)
