"""Who acts: every service of offering is called for a member and touches that member's maker only."""

from __future__ import annotations

from demand.errors import NotThere
from manufacturers import access
from manufacturers.models import MakerMember


def owner(member_id: int) -> MakerMember:
    """The member, who must be one that decides. Raises ``NotThere`` or ``NotYourRole``."""
    return access.may_decide(_member(member_id))


def planner(member_id: int) -> MakerMember:
    """The member, who must be one that plans and reports. Raises ``NotThere`` or ``NotYourRole``."""
    return access.may_plan(_member(member_id))


def _member(member_id: int) -> MakerMember:
    found = MakerMember.objects.select_related("maker").filter(pk=member_id, maker__active=True).first()
    if found is None:
        raise NotThere
    return found
