"""The search looks at pools with a campaign too; the trigram index did not hold them, and was never used."""

from __future__ import annotations

from django.db import migrations

BUILD = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS pool_joinable_trigram ON demand_pool USING gin (search_text gin_trgm_ops)
WHERE state IN ('open', 'campaign')
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("demand", "0009_words_and_drafts")]

    operations = [
        migrations.RunSQL(BUILD, "DROP INDEX CONCURRENTLY IF EXISTS pool_joinable_trigram"),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS pool_search_trigram",
            "CREATE INDEX CONCURRENTLY pool_search_trigram ON demand_pool USING gin (search_text gin_trgm_ops)"
            " WHERE state = 'open'",
        ),
    ]
