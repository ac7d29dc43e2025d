"""An aggregate that gathers small groups, one after the other, until one has enough people to be shown."""

from __future__ import annotations

from django.db import migrations

GATHERED = """
CREATE FUNCTION demand_gather(gathered bigint, people bigint, fewest bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN gathered >= fewest THEN people ELSE gathered + people END
$$;
CREATE AGGREGATE demand_gathered(bigint, bigint) (SFUNC = demand_gather, STYPE = bigint, INITCOND = '0');
"""
NOT_GATHERED = """
DROP AGGREGATE demand_gathered(bigint, bigint);
DROP FUNCTION demand_gather(bigint, bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("demand", "0030_pools_left")]

    operations = [migrations.RunSQL(GATHERED, NOT_GATHERED)]
