"""What the model layer cannot declare: the partitioned raw signals, the balance of the ledger, text search."""

from __future__ import annotations

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations

SIGNALS = """
CREATE TABLE demand_signal (
    source_id bigint NOT NULL,
    event_id varchar(64) NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    kind varchar(12) NOT NULL,
    person_key varchar(64) NOT NULL DEFAULT '',
    consent boolean NOT NULL DEFAULT false,
    category_id bigint,
    need varchar(120) NOT NULL DEFAULT '',
    query varchar(400) NOT NULL DEFAULT '',
    pool_id bigint,
    units integer NOT NULL DEFAULT 1,
    price_minor bigint,
    region varchar(8) NOT NULL DEFAULT '',
    CONSTRAINT signal_once UNIQUE (source_id, event_id, occurred_at),
    CONSTRAINT signal_kind_known CHECK (kind IN ('search', 'search_zero', 'view', 'cart', 'vote')),
    CONSTRAINT signal_units_positive CHECK (units >= 1)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX signal_by_time ON demand_signal (occurred_at, category_id, kind);
CREATE INDEX signal_by_pool ON demand_signal (pool_id, kind) WHERE pool_id IS NOT NULL;

CREATE FUNCTION demand_signal_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF demand_signal FOR VALUES FROM (%L) TO (%L)',
        'demand_signal_' || to_char(month, 'YYYY_MM'),
        date_trunc('month', month)::timestamp AT TIME ZONE 'UTC',
        (date_trunc('month', month) + interval '1 month')::timestamp AT TIME ZONE 'UTC'
    );
END $$;
"""

LEDGER = """
CREATE FUNCTION demand_ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
BEGIN
    SELECT coalesce(sum(amount_minor), 0) INTO moved FROM demand_ledger_entry WHERE transfer_id = NEW.transfer_id;
    IF moved <> 0 THEN
        RAISE EXCEPTION 'ledger transfer % does not balance: %', NEW.transfer_id, moved
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_balances';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transfer_balances AFTER INSERT OR UPDATE ON demand_ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION demand_ledger_balances();
CREATE FUNCTION demand_ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_append_only';
END $$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON demand_ledger_entry
    FOR EACH ROW EXECUTE FUNCTION demand_ledger_append_only();
"""

SEARCH = """
CREATE INDEX pool_search_trigram ON demand_pool USING gin (search_text gin_trgm_ops) WHERE state = 'open';
CREATE INDEX alias_trigram ON demand_alias USING gin (text gin_trgm_ops);
"""


class Migration(migrations.Migration):
    dependencies = [("demand", "0001_initial")]

    operations = [
        TrigramExtension(),
        BtreeGistExtension(),
        migrations.RunSQL(
            SIGNALS, "DROP TABLE demand_signal; DROP FUNCTION demand_signal_partition(date);"
        ),
        migrations.RunSQL(
            LEDGER,
            "DROP TRIGGER ledger_append_only ON demand_ledger_entry;"
            "DROP TRIGGER ledger_transfer_balances ON demand_ledger_entry;"
            "DROP FUNCTION demand_ledger_append_only(); DROP FUNCTION demand_ledger_balances();",
        ),
        migrations.RunSQL(SEARCH, "DROP INDEX pool_search_trigram; DROP INDEX alias_trigram;"),
    ]
