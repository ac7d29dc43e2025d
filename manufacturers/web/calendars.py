"""Lines, their shifts, and the days that are different."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from demand.errors import DomainError
from demand.templatetags import wishmill as saying
from manufacturers import access
from manufacturers.models import Family, Line, MakerMember
from manufacturers.offering import reads_pages as reading
from manufacturers.offering import service
from manufacturers.offering.descriptions import LineValues
from manufacturers.offering.kernel import ShiftRule
from manufacturers.planning.reads_pages import family_names
from manufacturers.web.forms import choice_field, moment_field, text_field, whole_field
from manufacturers.web.frame import act, language, portal, put_beside, show

SHIFTS_A_DAY = 3


class LineForm(forms.Form):
    """A line: what it makes how fast, and its week."""

    code = text_field(label=gettext_lazy("Short name"), most=20)
    name = text_field(label=gettext_lazy("Name"), most=60, required=False)
    initial_family = choice_field(label=gettext_lazy("Set up for at first"), choices=[])
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)

    def __init__(self, *args: Any, families: list[Family], names: dict[str, str], line: Line | None, **kw: Any) -> None:
        kw["initial"] = _line_initial(line) if line else {"active": True}
        super().__init__(*args, **kw)
        living = [row for row in families if row.retired_at is None]
        self.families = [str(row.code) for row in living]
        self.fields["initial_family"].choices = [(code, names[code]) for code in self.families]  # type: ignore[attr-defined]
        for code in self.families:
            self.fields[f"rate_{code}"] = whole_field(
                label=_("%(family)s, units an hour") % {"family": names[code]}, required=False
            )
        for day in range(7):
            for place in range(SHIFTS_A_DAY):
                for end in ("from", "to"):
                    self.fields[f"{end}_{day}_{place}"] = _time_field(day, place, end)

    @property
    def rate_fields(self) -> list[forms.BoundField]:
        return [self[f"rate_{code}"] for code in self.families]

    @property
    def days(self) -> list[dict[str, Any]]:
        return [
            {
                "name": str(WEEKDAYS[day]),
                "shifts": [(self[f"from_{day}_{i}"], self[f"to_{day}_{i}"]) for i in range(SHIFTS_A_DAY)],
            }
            for day in range(7)
        ]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        for day in range(7):
            for place in range(SHIFTS_A_DAY):
                pair = typed.get(f"from_{day}_{place}"), typed.get(f"to_{day}_{place}")
                if (pair[0] is None) != (pair[1] is None):
                    self.add_error(f"from_{day}_{place}", _("A shift needs a beginning and an end."))
        return typed

    def values(self) -> LineValues:
        typed = self.cleaned_data
        shifts = [
            ShiftRule(weekday=day, starts=typed[f"from_{day}_{i}"], ends=typed[f"to_{day}_{i}"])
            for day in range(7)
            for i in range(SHIFTS_A_DAY)
            if typed[f"from_{day}_{i}"] is not None
        ]
        return LineValues(
            code=typed["code"],
            name=typed["name"],
            initial_family=typed["initial_family"],
            units_per_hour={code: typed[f"rate_{code}"] for code in self.families if typed[f"rate_{code}"]},
            shifts=tuple(shifts),
            active=typed["active"],
        )


def _time_field(day: int, place: int, end: str) -> forms.TimeField:
    words = {"from": _("%(day)s, shift %(n)s from"), "to": _("%(day)s, shift %(n)s to")}[end]
    return forms.TimeField(
        label=words % {"day": WEEKDAYS[day], "n": place + 1},
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"class": "form-control", "type": "time"}),
    )


def _line_initial(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = {
        "code": line.code,
        "name": line.name,
        "initial_family": line.initial_family.code,
        "active": line.active,
    }
    found |= {f"rate_{row.family.code}": row.units_per_hour for row in line.rates.all()}
    by_day: dict[int, list[tuple[time, time]]] = {}
    for row in sorted(line.shifts.all(), key=lambda row: (row.weekday, row.starts)):
        by_day.setdefault(row.weekday, []).append((row.starts, row.ends))
    for day, shifts in by_day.items():
        for place, (starts, ends) in enumerate(shifts[:SHIFTS_A_DAY]):
            found |= {f"from_{day}_{place}": starts, f"to_{day}_{place}": ends}
    return found


class ExceptionForm(forms.Form):
    """A stretch that is closed, or worked beyond the shifts."""

    prefix = "exception"
    line = choice_field(label=gettext_lazy("Line"), choices=[], required=False)
    working = choice_field(
        label=gettext_lazy("What"),
        choices=[("no", gettext_lazy("closed")), ("yes", gettext_lazy("extra work"))],
    )
    starts_at = moment_field(label=gettext_lazy("From"))
    ends_at = moment_field(label=gettext_lazy("To"))
    reason = text_field(label=gettext_lazy("Reason"), most=120, required=False)

    def __init__(self, *args: Any, lines: list[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {str(row.public_id): row for row in lines}
        names = [(key, row.code) for key, row in self.lines.items()]
        self.fields["line"].choices = [("", _("All lines")), *names]  # type: ignore[attr-defined]

    def line_id(self) -> int | None:
        chosen = self.cleaned_data["line"]
        return self.lines[chosen].pk if chosen else None


@portal("GET", "HEAD", "POST")
def calendar(request: HttpRequest, member: MakerMember) -> HttpResponse:
    """All lines with their week, and the coming exceptions; a POST stores one more."""
    lines = reading.lines_of(member.maker_id)
    form = ExceptionForm(request.POST if request.method == "POST" else None, lines=lines)
    if request.method == "POST":
        access.may_plan(member)
        if form.is_valid() and _store_exception(form, member):
            messages.success(request, _("The calendar is stored; a new plan is being made."))
            return redirect("manufacturers:calendar")
    names = family_names(tuple(reading.families_of(member.maker_id)), language())
    exceptions = reading.exceptions_of(member.maker_id, now=timezone.now())
    context = {
        "lines": [_line_row(line, names) for line in lines],
        "exceptions": [_exception_row(row) for row in exceptions],
        "form": form,
        "weekdays": [str(WEEKDAYS[day])[:3] if language() == "en" else str(WEEKDAYS[day]) for day in range(7)],
    }
    return show(
        request, member, "manufacturers/calendar.html", context, status=422 if request.method == "POST" else 200
    )


def _store_exception(form: ExceptionForm, member: MakerMember) -> bool:
    typed = form.cleaned_data
    try:
        service.save_exception(
            member_id=member.pk,
            line_id=form.line_id(),
            starts_at=typed["starts_at"],
            ends_at=typed["ends_at"],
            working=typed["working"] == "yes",
            reason=typed["reason"],
            now=timezone.now(),
        )
    except DomainError as refused:
        put_beside(form, refused)
        return False
    return True


def _line_row(line: Line, names: dict[str, str]) -> dict[str, Any]:
    by_day: dict[int, list[str]] = {day: [] for day in range(7)}
    for row in sorted(line.shifts.all(), key=lambda row: (row.weekday, row.starts)):
        by_day[row.weekday].append(f"{row.starts:%H:%M}–{row.ends:%H:%M}")
    rates = [(names.get(row.family.code, row.family.code), row.units_per_hour) for row in line.rates.all()]
    return {"line": line, "days": [by_day[day] for day in range(7)], "rates": rates}


def _edge(value: datetime) -> str:
    """Where a stretch begins or ends, with the year where it is not this one."""
    return f"{saying.day(value)} {saying.clock(value)}"


def _exception_row(row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "line": row.line.code if row.line else _("All lines"),
        "from": _edge(row.starts_at),
        "to": _edge(row.ends_at),
    }


@portal("POST", role=access.may_plan)
def exception_drop(request: HttpRequest, member: MakerMember, exception_id: int) -> HttpResponse:
    return act(
        request,
        lambda: service.drop_exception(member_id=member.pk, exception_id=exception_id, now=timezone.now()),
        done=_("Taken out of the calendar; a new plan is being made."),
        back=reverse("manufacturers:calendar"),
    )


@portal("GET", "HEAD", "POST")
def line_new(request: HttpRequest, member: MakerMember) -> HttpResponse:
    return _line_page(request, member, None)


@portal("GET", "HEAD", "POST")
def line(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    wanted = access.line(member, public_id)
    found = next(row for row in reading.lines_of(member.maker_id) if row.pk == wanted.pk)
    return _line_page(request, member, found)


def _line_page(request: HttpRequest, member: MakerMember, found: Line | None) -> HttpResponse:
    access.may_plan(member)
    families = reading.families_of(member.maker_id)
    names = family_names(tuple(families), language())
    data = request.POST if request.method == "POST" else None
    form = LineForm(data, families=families, names=names, line=found)
    if request.method == "POST" and form.is_valid():
        try:
            service.save_line(
                member_id=member.pk,
                line_id=found.pk if found else None,
                values=form.values(),
                now=timezone.now(),
            )
        except DomainError as refused:
            put_beside(form, refused)
        else:
            messages.success(request, _("The line is stored; a new plan is being made."))
            return redirect("manufacturers:calendar")
    status = 422 if request.method == "POST" else 200
    return show(request, member, "manufacturers/line.html", {"form": form, "line": found}, status=status)
