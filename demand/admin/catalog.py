"""The catalogue: names and other wordings, which staff edit; what it lacks; and the policies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import EmptyFieldListFilter
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from demand.models import (
    Alias,
    Attribute,
    AttributeValue,
    CatalogRevision,
    Category,
    CategoryAttribute,
    Policy,
    UnknownWord,
)
from demand.reading import service as reading
from demand.staff import (
    GOOD,
    PLAIN,
    WATCH,
    Decision,
    PlainForm,
    StaffAdmin,
    StaffInline,
    Taken,
    column,
    register,
    state_column,
)

LANGUAGES = (("en", "name_en", "English"), ("zh-hans", "name_hans", "简体中文"), ("zh-hant", "name_hant", "繁體中文"))
WORDS = {"open": WATCH, "accepted": GOOD, "ignored": PLAIN}


class NamesForm(forms.ModelForm):  # type: ignore[type-arg]
    """The names of an entry, a field for each language instead of one of JSON."""

    name_en = forms.CharField(label="English", max_length=80, widget=UnfoldAdminTextInputWidget)
    name_hans = forms.CharField(label="简体中文", max_length=80, required=False, widget=UnfoldAdminTextInputWidget)
    name_hant = forms.CharField(label="繁體中文", max_length=80, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, field, _label in LANGUAGES:
            self.fields[field].initial = self.instance.names.get(code, "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        given = {code: cleaned.get(field, "") for code, field, _label in LANGUAGES}
        kept = {code: name for code, name in self.instance.names.items() if code not in given}
        self.instance.names = kept | {code: name for code, name in given.items() if name}
        return cleaned


class CatalogueAdmin(StaffAdmin):
    """A list whose texts staff edit; after an edit the whole catalogue gets its next revision."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_decide(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store the edited texts; what staff cannot edit is not written."""
        if change:
            obj.save(update_fields=self.edited)
        else:
            obj.save(force_insert=True)
        request.catalogue_edited = True  # type: ignore[attr-defined]

    edited: tuple[str, ...] = ()

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The edit commits first: making the revision is a transaction of its own service."""
        response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        if getattr(request, "catalogue_edited", False):
            self._revise(request)
        return response

    def _revise(self, request: HttpRequest) -> None:
        try:
            reading.store_revision(now=timezone.now())
        except ValueError as wrong:
            told = gettext(
                "The catalogue as it stands cannot be used (%(why)s). Reading goes on with the one before it."
            )
            messages.error(request, told % {"why": wrong})
        else:
            messages.info(request, gettext("The catalogue has its next revision; wishes are read again with it."))


class NamedAdmin(CatalogueAdmin):
    form = NamesForm
    edited: tuple[str, ...] = ("names",)

    @column("English", ordering="names__en")
    def english(self, row: Any) -> str:
        return str(row.names.get("en", "–"))

    @column("简体中文")
    def simplified(self, row: Any) -> str:
        return str(row.names.get("zh-hans", "–"))

    @column("繁體中文")
    def traditional(self, row: Any) -> str:
        return str(row.names.get("zh-hant", "–"))


class AliasInline(StaffInline):
    model = Alias
    fields = ("text", "language", "source", "retired_at")


class CategoryAttributeInline(StaffInline):
    model = CategoryAttribute
    fields = ("attribute", "position")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request).select_related("attribute")
        return rows


@register(Category)
class CategoryAdmin(NamedAdmin):
    list_display = ("code", "english", "simplified", "traditional", "parent", "position", "retired_at")
    list_filter = (("retired_at", EmptyFieldListFilter),)
    search_fields = ("code", "names")
    list_select_related = ("parent",)
    ordering = ("position", "pk")
    fields = ("code", "name_en", "name_hans", "name_hant", "parent", "position", "retired_at")
    readonly_fields = ("code", "parent", "retired_at")
    edited = ("names", "position")
    inlines = (CategoryAttributeInline, AliasInline)
    exported = ("id", "code", "names", "parent__code", "position", "retired_at")


@register(Attribute)
class AttributeAdmin(NamedAdmin):
    list_display = ("code", "english", "simplified", "traditional", "kind", "unit", "scope", "retired_at")
    list_filter = ("kind", "scope", ("retired_at", EmptyFieldListFilter))
    search_fields = ("code", "names")
    ordering = ("code", "pk")
    fields = ("code", "name_en", "name_hans", "name_hant", "kind", "unit", "scope", "retired_at")
    readonly_fields = ("code", "kind", "unit", "scope", "retired_at")
    inlines = (AliasInline,)
    exported = ("id", "code", "names", "kind", "unit", "scope", "retired_at")


@register(AttributeValue)
class AttributeValueAdmin(NamedAdmin):
    list_display = ("code", "attribute", "english", "simplified", "traditional", "position", "retired_at")
    list_filter = (("retired_at", EmptyFieldListFilter), "attribute")
    search_fields = ("code", "names", "attribute__code")
    list_select_related = ("attribute",)
    ordering = ("attribute", "position", "pk")
    fields = ("attribute", "code", "name_en", "name_hans", "name_hant", "position", "retired_at")
    readonly_fields = ("attribute", "code", "retired_at")
    edited = ("names", "position")
    inlines = (AliasInline,)
    exported = ("id", "attribute__code", "code", "names", "position", "retired_at")


@register(Alias)
class AliasAdmin(CatalogueAdmin):
    list_display = ("text", "language", "of", "source", "retired_at")
    list_filter = ("source", "language", ("retired_at", EmptyFieldListFilter))
    search_fields = ("text", "category__code", "attribute__code", "value__code")
    list_select_related = ("category", "attribute", "value__attribute")
    autocomplete_fields = ("category", "attribute", "value")
    ordering = ("text", "pk")
    fields = ("text", "language", "category", "attribute", "value", "retired_at")
    edited = ("text", "language", "retired_at")
    exported = ("id", "text", "language", "category__code", "attribute__code", "value__code", "source", "retired_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("demand.add_alias"))

    def get_readonly_fields(self, request: HttpRequest, obj: Alias | None = None) -> list[Any]:
        return [] if obj is None else ["category", "attribute", "value"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.source = Alias.Source.STAFF
        super().save_model(request, obj, form, change)

    @column(_("wording of"))
    def of(self, row: Alias) -> str:
        value = f"{row.value.attribute}: {row.value}" if row.value else "–"
        return str(row.category or row.attribute or value)


@register(CategoryAttribute)
class CategoryAttributeAdmin(StaffAdmin):
    list_display = ("category", "attribute", "position")
    list_filter = ("category",)
    search_fields = ("category__code", "attribute__code")
    list_select_related = ("category", "attribute")
    ordering = ("category", "position", "pk")


@register(CatalogRevision)
class CatalogRevisionAdmin(StaffAdmin):
    list_display = ("id", "version", "created_at")
    search_fields = ("version",)
    date_hierarchy = "created_at"
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request).defer("document")
        return rows


class ValueForm(PlainForm):
    """Which value a word means."""

    value = forms.ModelChoiceField(
        label=_("It means"),
        queryset=AttributeValue.objects.filter(retired_at__isnull=True).select_related("attribute"),
        widget=AutocompleteSelect(Alias._meta.get_field("value"), admin.site),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(self.rows) == 1:
            self.fields["value"].initial = self.rows[0].closest_value_id


def accept(word: UnknownWord, taken: Taken) -> None:
    reading.accept_word(word_id=word.pk, value_id=taken.values["value"].pk, by_id=taken.by_id, now=taken.now)


def ignore(word: UnknownWord, taken: Taken) -> None:
    reading.ignore_word(word_id=word.pk, by_id=taken.by_id, now=taken.now)


@register(UnknownWord)
class UnknownWordAdmin(StaffAdmin):
    list_display = ("text", "category", "wishes", "closest_value", "standing", "decided_by", "decided_at")
    list_filter = ("state", "category")
    search_fields = ("text",)
    list_select_related = ("category", "closest_value", "decided_by")
    ordering = ("-wishes", "pk")
    exported = ("id", "text", "category__code", "wishes", "closest_value__code", "state")
    standing = state_column(WORDS)
    decisions = (
        Decision(
            name="accept",
            label=_("Accept as a wording"),
            explains=_("From now on the word is read as the value you choose, and waiting wishes are read again."),
            perform=accept,
            form=ValueForm,
            offered=lambda word: word.state != UnknownWord.State.ACCEPTED,
        ),
        Decision(
            name="ignore",
            label=_("Ignore"),
            explains=_("The word says nothing about what is wanted and is not asked about again."),
            perform=ignore,
            form=PlainForm,
            offered=lambda word: word.state == UnknownWord.State.OPEN,
        ),
    )

    def words_for(self, row: Any) -> str:
        return f"{row.text} ({row.category or '–'}) × {row.wishes}"


@register(Policy)
class PolicyAdmin(StaffAdmin):
    list_display = (
        "category", "version", "campaign_days", "notice_hours", "on_missed", "hold_permille", "platform_fee_permille",
        "k", "created_at",
    )  # fmt: skip
    list_filter = ("on_missed", "category")
    list_select_related = ("category",)
    ordering = ("category", "-version", "-pk")
    exported = tuple(field.name for field in Policy._meta.fields)
