"""Each month of raw signals admits an id of a source once, at whatever time: a copy finds repeats without a look."""

from __future__ import annotations

from django.db import migrations

ONCE_A_MONTH = """
ALTER TABLE demand_signal DROP CONSTRAINT signal_once;

CREATE OR REPLACE FUNCTION demand_signal_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := 'demand_signal_' || to_char(month, 'YYYY_MM');
BEGIN
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF demand_signal FOR VALUES FROM (%L) TO (%L)',
        name,
        date_trunc('month', month)::timestamp AT TIME ZONE 'UTC',
        (date_trunc('month', month) + interval '1 month')::timestamp AT TIME ZONE 'UTC'
    );
    EXECUTE format('CREATE UNIQUE INDEX IF NOT EXISTS %I ON %I (source_id, event_id)', name || '_once', name);
END $$;

SELECT demand_signal_partition(to_date(right(relname, 7), 'YYYY_MM'))
FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = 'demand_signal'::regclass;
"""
ONCE = """
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'demand_signal'::regclass
    LOOP
        EXECUTE format('DROP INDEX IF EXISTS %I', name || '_once');
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION demand_signal_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF demand_signal FOR VALUES FROM (%L) TO (%L)',
        'demand_signal_' || to_char(month, 'YYYY_MM'),
        date_trunc('month', month)::timestamp AT TIME ZONE 'UTC',
        (date_trunc('month', month) + interval '1 month')::timestamp AT TIME ZONE 'UTC'
    );
END $$;

ALTER TABLE demand_signal ADD CONSTRAINT signal_once UNIQUE (source_id, event_id, occurred_at);
"""


class Migration(migrations.Migration):
    dependencies = [("demand", "0021_learning_goes_on")]

    operations = [migrations.RunSQL(ONCE_A_MONTH, ONCE)]
