/** Which waiting jobs are next: a function of the database, so that looking and taking are one step. */

/** Any number but that of the tables. */
const lock = 7_304_194;

/**
 * Of the jobs with the highest priority the oldest one of the client that has the fewest running, and among such clients of the one
 * whose last job began longest ago: a thousand jobs of one client do not hold back the first of another. Processes take turns, and
 * each statement sees what the one before it took. Rows of the queue are asked for by their key alone: one of a job that is to wait
 * is passed over.
 */
export const take = `
CREATE OR REPLACE FUNCTION spikelab.take(queue text, most int, taker text) RETURNS SETOF spikelab.jobs LANGUAGE plpgsql AS $$
DECLARE
  client record;
  waiting record;
  taken spikelab.jobs;
BEGIN
  PERFORM pg_advisory_xact_lock(${lock});
  FOR turn IN 1..most LOOP
    taken := NULL;
    <<clients>>
    FOR client IN
      SELECT owner, priority FROM spikelab.jobs AS asked WHERE state = 'queued' GROUP BY owner, priority ORDER BY priority DESC,
        (SELECT count(*) FROM spikelab.jobs AS runs WHERE runs.owner = asked.owner AND runs.state = 'active'),
        (SELECT max(began.started) FROM spikelab.jobs AS began WHERE began.owner = asked.owner) NULLS FIRST,
        min(created), owner
    LOOP
      FOR waiting IN
        SELECT id, delivery FROM spikelab.jobs
        WHERE state = 'queued' AND owner = client.owner AND priority = client.priority ORDER BY created, id
        FOR UPDATE SKIP LOCKED
      LOOP
        UPDATE pgboss.job SET state = 'completed', started_on = now(), completed_on = now()
          WHERE name = queue AND id = waiting.delivery::uuid AND state < 'active' AND start_after <= now();
        CONTINUE WHEN NOT FOUND;
        UPDATE spikelab.jobs
          SET state = 'active', attempt = attempt + 1, runner = taker, started = clock_timestamp(), progress = 0
          WHERE id = waiting.id RETURNING * INTO taken;
        EXIT clients;
      END LOOP;
    END LOOP;
    EXIT WHEN taken.id IS NULL;
    RETURN NEXT taken;
  END LOOP;
END $$;`;
