"""The API of manufacturers: a member's plan and proposals as JSON, for their own systems."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from ninja.security import django_auth

from demand.errors import NotThere
from manufacturers import access
from manufacturers.models import MakerMember
from manufacturers.negotiating import reads_pages as negotiating
from manufacturers.planning import reads_pages as planning
from manufacturers.planning.reads import lots_table
from manufacturers.web.blueprint import as_json as proposal_json
from manufacturers.web.exports import as_json as plan_json

router = Router(tags=["makers"], auth=django_auth)
REFUSAL = {404: dict[str, Any]}


def _member(request: HttpRequest) -> MakerMember:
    return access.member(request.user)


@router.get("/plan", response={200: dict[str, Any]} | REFUSAL, summary="The plan in force")
def plan(request: HttpRequest) -> dict[str, Any]:
    found = planning.current_plan(_member(request).maker)
    if found is None:
        raise NotThere
    return plan_json(found, lots_table(found))


@router.get("/proposals", response={200: list[dict[str, Any]]} | REFUSAL, summary="Every proposal, newest version")
def proposals(request: HttpRequest) -> list[dict[str, Any]]:
    rows = negotiating.versions_for_export(_member(request).maker_id)
    return [proposal_json(row.proposal, row) for row in rows]


@router.get("/proposals/{public_id}", response={200: dict[str, Any]} | REFUSAL, summary="One proposal")
def proposal(request: HttpRequest, public_id: UUID) -> dict[str, Any]:
    found = access.proposal(_member(request), public_id)
    return proposal_json(found, negotiating.proposal_page(found).version)
