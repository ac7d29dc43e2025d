"""Every run of a stage, and the problem it solved, kept for a replay."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from demand.models.fields import public_id_field


class Run(models.Model):
    """One run of one stage over one subject (a category's or maker's code, or "*").

    ``claimed_by`` is the task that runs it: the same task, delivered again after a kill, takes its own run over.
    """

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("run", "Running")
        DONE = "done", pgettext_lazy("run", "Done")
        FAILED = "failed", pgettext_lazy("run", "Failed")
        ABANDONED = "abandoned", pgettext_lazy("run", "Abandoned")  # its worker was killed; another run took over

    public_id = public_id_field()
    stage = models.CharField(max_length=16)
    subject = models.CharField(max_length=80, default="*")
    state = models.CharField(max_length=9, choices=State.choices, default=State.RUNNING)
    input_revision = models.CharField(max_length=64, blank=True)
    input_hash = models.CharField(max_length=64, blank=True)
    seed = models.BigIntegerField(default=0)
    limits = models.JSONField(default=dict)
    status = models.CharField(max_length=12, blank=True)
    time_limit_seconds = models.PositiveIntegerField(default=300)
    objective = models.BigIntegerField(null=True, blank=True)
    bound = models.BigIntegerField(null=True, blank=True)
    wall_seconds = models.FloatField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    claimed_by = models.CharField(max_length=64, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "demand_run"
        indexes = [
            models.Index(fields=["stage", "-started_at"], name="run_by_stage"),
            models.Index(fields=["-started_at", "-id"], name="run_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "subject"], condition=Q(state="running"), name="run_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True)
                | (~Q(state="running") & Q(finished_at__isnull=False)),
                name="run_finished_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.subject}"


class RunProblem(models.Model):
    """The compressed problem of a run (zlib JSON), kept 30 days."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="problem")
    data = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "demand_run_problem"
